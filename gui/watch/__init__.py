"""Watches: the sheet that asks, what is armed, and what came of it."""
