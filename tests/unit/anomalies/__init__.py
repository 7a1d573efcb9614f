"""Tests of what is unusual about single agents, tools and series."""
