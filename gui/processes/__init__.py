"""Who: the list of processes."""
