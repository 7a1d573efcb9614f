"""Pure rules of the orchestration."""
