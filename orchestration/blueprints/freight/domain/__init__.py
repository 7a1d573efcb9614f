"""The world of sea freight as values and functions: no database, clock, queue, network or file."""
