"""/proc/locks: who waits for whom."""

from __future__ import annotations

from dumpengine.backends.linux.file_locks import lock_holders

TABLE = """\
1: POSIX  ADVISORY  WRITE 30 fe:00:77 0 EOF
1: -> POSIX  ADVISORY  WRITE 42 fe:00:77 0 EOF
2: FLOCK  ADVISORY  WRITE 31 fe:00:77 0 EOF
3: FLOCK  ADVISORY  WRITE 32 fe:00:78 0 EOF
3: -> FLOCK  ADVISORY  WRITE 42 fe:00:78 0 EOF
4: OFDLCK ADVISORY  WRITE -1 fe:00:79 0 EOF
4: -> OFDLCK ADVISORY  WRITE -1 fe:00:79 0 EOF
5: LEASE  ACTIVE    READ 42
nonsense
x: -> POSIX ADVISORY WRITE y fe:00:z 0 EOF
"""


def test_the_holder_of_the_lock_that_is_waited_for():
    assert lock_holders(TABLE, 42, 77) == (30,)
    assert lock_holders(TABLE, 42, 78) == (32,)


def test_nobody_holds_what_nobody_waits_for():
    assert lock_holders(TABLE, 41, 77) == ()
    assert lock_holders("", 42, 77) == ()


def test_a_lock_of_an_open_file_belongs_to_no_process():
    assert lock_holders(TABLE, 42, 79) == ()
