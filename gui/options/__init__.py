"""What: presets, flags, destination."""
