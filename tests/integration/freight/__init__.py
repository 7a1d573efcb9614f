"""Freight runs with real workers, a real database and a real queue."""
