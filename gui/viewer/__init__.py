"""Look inside a dump."""
