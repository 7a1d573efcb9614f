"""Killing real programs while freight runs, and counting afterwards what really happened."""
