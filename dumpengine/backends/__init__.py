"""The systems: a live process -> Snapshot, or the system's own writer."""
