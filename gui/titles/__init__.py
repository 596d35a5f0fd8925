"""The titles of a process's windows; each system has its own way, Wayland has none."""
