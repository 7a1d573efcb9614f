"""Pages of the console through Django, on a real database."""
