"""Pure rules about plans: which graphs of tasks make sense."""
