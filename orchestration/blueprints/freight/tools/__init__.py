"""The tools of the freight system; importing a module declares its tools."""
