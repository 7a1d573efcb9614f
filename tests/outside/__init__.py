"""Other people's programs judge what ours wrote."""
