"""Watching: conditions as data, what samples say of them, the loop that makes a capture of it."""
