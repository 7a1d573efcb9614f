"""Tests, by what they cost: unit, integration, acceptance, browser, architecture, soak, bench."""
