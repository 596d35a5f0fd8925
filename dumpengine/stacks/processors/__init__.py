"""What differs between processors when stacks are walked: one module for each.

Registers go by the names that :class:`dumpengine.snapshot.Registers` has, and DWARF's numbers for
them are the places in ``Processor.names``.
"""

from dumpengine.snapshot import Architecture
from dumpengine.stacks.processors.amd64 import AMD64
from dumpengine.stacks.processors.arm64 import ARM64
from dumpengine.stacks.processors.processor import Processor, SignalFrame
from dumpengine.stacks.processors.x86 import X86

PROCESSORS = {
    Architecture.AMD64: AMD64,
    Architecture.X86: X86,
    Architecture.ARM64: ARM64,
}

__all__ = ["PROCESSORS", "Processor", "SignalFrame"]
