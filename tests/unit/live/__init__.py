"""The pure parts of live pages."""
