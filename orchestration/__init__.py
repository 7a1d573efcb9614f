"""Agents, the rules they live under and their work; runs headless."""
