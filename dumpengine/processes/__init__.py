"""The process list, and why one cannot be dumped."""
