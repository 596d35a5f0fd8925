"""What a dump may hold when it is passed on."""
