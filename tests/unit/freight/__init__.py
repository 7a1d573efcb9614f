"""Unit tests of the freight system: its rules, its tools, and whole runs in memory."""
