"""Benches: ratios measured in one run, never asserted times."""
