"""The only code that changes state: verb_noun functions, one transaction each, with entries."""
