"""Agent code of the freight system; importing a module registers its handlers.

Handlers reach the world only through their task context and decide by the pure functions of
`domain`.
"""
