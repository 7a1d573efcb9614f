"""Live pages on a real database, a real web server and a real browser."""
