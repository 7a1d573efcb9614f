"""The state of any moment, rebuilt from ledger entries alone."""
