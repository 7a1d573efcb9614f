"""Which agent gets a task and which task goes first; pure, one algorithm a module."""
