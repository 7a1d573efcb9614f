"""Forms of the console: what a person typed, checked and turned into values for operations."""
