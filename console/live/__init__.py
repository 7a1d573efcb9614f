"""Live pages: what was committed is read four times a second and shown to whoever may see it."""
