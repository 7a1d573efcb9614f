"""The shape of the code: sizes, directions of imports, words, templates."""
