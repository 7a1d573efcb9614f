"""Tables of the ledger; written in SQL because triggers and partitions are the point."""
