"""The minidump file format as tables: one declaration per struct, no I/O, no operating system.

Every class here carries the Windows SDK's own name and field names (``minidumpapiset.h``), so a
struct can be looked up where it is documented. The header is packed to four bytes throughout.
"""
