"""What: presets, flags, destination."""

WIDTH = 46  # characters, the narrowest the options can be read in
