"""What agents may call: the tool contract and the built-in tools."""
