"""Tests of drawing samples and of what verdicts add up to."""
