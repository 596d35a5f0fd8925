"""The rules of check_dump(), by part of the file."""
