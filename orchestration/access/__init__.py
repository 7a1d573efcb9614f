"""Who may see and do what: roles per unit, held in the query and never after it."""
