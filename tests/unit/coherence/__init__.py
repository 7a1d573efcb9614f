"""Tests of what is found between agents."""
