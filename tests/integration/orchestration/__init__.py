"""Steps, tasks and goals against a real PostgreSQL, one attempt at a time in this process."""
