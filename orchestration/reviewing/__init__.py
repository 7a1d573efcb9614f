"""After-the-fact review of decisions: which to look at, and what the verdicts add up to. Pure."""
