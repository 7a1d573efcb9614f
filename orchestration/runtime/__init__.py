"""What runs agent code: handlers, the journal, the context handed to agents, suspend and resume."""
