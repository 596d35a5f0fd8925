"""The separate process a capture runs in: protocol, worker, launcher."""
