"""Call stacks: of a dump in its viewer, of a running process in a window of its own."""
