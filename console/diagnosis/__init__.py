"""What a self-hoster can get wrong, each looked for by one probe that says how to mend it."""
