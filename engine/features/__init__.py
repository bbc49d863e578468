"""Fixed features of picture and sound that every network starts from: no weights."""
