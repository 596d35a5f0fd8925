"""x86: i386 ABI 2.5 (DWARF numbers); ``struct sigframe_ia32`` of the Linux kernel."""

from dumpengine.stacks.processors.calls import follows_x86_call
from dumpengine.stacks.processors.processor import Processor, SignalFrame

# struct sigcontext_32 behind gs, fs, es and ds.
_SAVED = {"edi": 16, "esi": 20, "ebp": 24, "esp": 28, "ebx": 32, "edx": 36, "ecx": 40, "eax": 44}
_SAVED |= {"eip": 56}
_AFTER_SIGNAL = 4  # the signal's number; the old trampoline has popped it not yet
_RT_CONTEXT = 12 + 128 + 20  # number and two pointers, siginfo, the context's head

X86 = Processor(
    word=4,
    names=tuple("eax ecx edx ebx esp ebp esi edi eip".split()),
    pc="eip",
    sp="esp",
    fp="ebp",
    signal_frames=(
        SignalFrame(
            bytes.fromhex("58b877000000cd80"),  # pop %eax; mov $__NR_sigreturn, %eax; int $0x80
            {name: _AFTER_SIGNAL + place for name, place in _SAVED.items()},
        ),
        SignalFrame(
            bytes.fromhex("b8ad000000cd80"),  # mov $__NR_rt_sigreturn, %eax; int $0x80
            {name: _RT_CONTEXT + place for name, place in _SAVED.items()},
        ),
    ),
    follows_call=follows_x86_call,
)
