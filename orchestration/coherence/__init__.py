"""Trouble between agents: one detector a module. Pure: events in, findings out."""
