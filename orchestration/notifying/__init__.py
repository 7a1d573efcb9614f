"""Telling people outside the console: what is said, when it may go, and how it is carried."""
