"""Policies: what they say, how they are read, and how they decide. Pure."""
