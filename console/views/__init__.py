"""One module per family of screens."""
