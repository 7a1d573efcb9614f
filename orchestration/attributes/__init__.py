"""Facts for decisions: what is read from tables before the engine is asked."""
