"""Frameworks that Signalbox is held against, as data, and what in the ledger answers them. Pure."""
