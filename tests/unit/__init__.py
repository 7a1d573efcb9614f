"""Pure code and single modules; quick."""
