"""AMD64: System V ABI 3.6.2 (DWARF numbers); ``struct rt_sigframe`` of the Linux kernel."""

from dumpengine.stacks.processors.calls import follows_x86_call
from dumpengine.stacks.processors.processor import Processor, SignalFrame

_SAVED = "r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip".split()
_CONTEXT = 40  # offsetof(struct ucontext, uc_mcontext)
_SIGINFO = 304  # sizeof(struct ucontext), which siginfo follows and begins with the number

AMD64 = Processor(
    word=8,
    names=tuple(
        "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split(),
    ),
    pc="rip",
    sp="rsp",
    fp="rbp",
    signal_frames=(
        SignalFrame(
            bytes.fromhex("48c7c00f0000000f05"),  # mov $__NR_rt_sigreturn, %rax; syscall
            {name: _CONTEXT + 8 * place for place, name in enumerate(_SAVED)},
        ),
    ),
    follows_call=follows_x86_call,
    signal_at=_SIGINFO,
)
