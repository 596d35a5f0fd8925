"""Live Linux process -> snapshot: procfs, ptrace, registers, ELF, memory, clone."""
