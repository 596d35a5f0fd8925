"""write_dump() and what it takes: output, verification, callbacks, the result."""
