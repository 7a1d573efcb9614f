"""The whole product as real programs, from outside."""
