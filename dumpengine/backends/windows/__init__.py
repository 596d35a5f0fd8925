"""MiniDumpWriteDump through ctypes: access rights, privileges, callbacks, PSS snapshots."""
