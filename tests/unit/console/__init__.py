"""What people see, as pure functions."""
