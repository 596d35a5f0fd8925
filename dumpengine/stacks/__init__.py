"""Snapshot -> call stacks and names."""
