"""The same model recorded by other libraries and by the ledger, to compare their cost."""
