"""Calls to addresses that agents or admins can steer: guarded, and bounded in time and size."""
