"""Find a process by pointing at its window; each system has its own way, or a reason why not."""
