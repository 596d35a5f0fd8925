"""Icons, help texts and desktop integration data."""
