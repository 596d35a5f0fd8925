"""Reading a minidump, whoever wrote it, into a Snapshot: one module per stream, mirror of write.

Everything goes through :mod:`dumpengine.read.source`, so nothing in a file can do worse than a
DumpError. To add a stream: its struct in ``format``, a module here that takes a DumpFile, a line
in ``snapshot`` (or a property of Dump), a rule in ``checks``, and the four tests.
"""
