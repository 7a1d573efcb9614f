"""Long runs: the same stories as elsewhere, told many times over."""
