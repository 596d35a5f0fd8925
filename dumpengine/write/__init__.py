"""Snapshot -> file: one module per stream, one for the memory, one for the order of things.

``writer.write_minidump`` is the way in. Nothing here knows an operating system.
"""
