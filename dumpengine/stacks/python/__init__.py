"""The frames of CPython's interpreter: which line of which script a thread is at.

The interpreter's own data are read, in a live process or in a dump that holds them; nothing of it
is run. What a hostile process wrote there costs a bounded time and gives fewer frames.
"""
