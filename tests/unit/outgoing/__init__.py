"""The pure parts of outgoing calls."""
