"""What threads wait for, as facts: what the kernel told, what a lock's memory says.

Imports nothing of ours but its own parts: it stands beside :mod:`dumpengine.snapshot`.
"""
