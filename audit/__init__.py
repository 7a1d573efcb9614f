"""The ledger: an append-only, verifiable record that knows nothing of agents."""
