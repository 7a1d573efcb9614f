"""Unusual behaviour of single agents, tools and series: one detector a module. Pure."""
