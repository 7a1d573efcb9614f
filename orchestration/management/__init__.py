"""Commands of `manage.py` that concern agents and their work."""
