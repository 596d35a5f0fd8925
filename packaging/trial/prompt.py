"""Inside the fresh system, as a user: dump as administrator, with someone who types a password.

``pkttyagent`` is the program that asks; it asks on a terminal of its own, and answers for this
process. What it shows must name the process.
"""

from __future__ import annotations

import os
import pty
import sys
import termios
import threading
import time

sys.path.insert(0, "/trial")

import elevated


def main(pid: int, password: str) -> int:
    """Start the asking program for this process, then dump."""
    ready, told = os.pipe()
    os.set_inheritable(told, True)
    child, terminal = pty.fork()
    if child == 0:
        agent = ["pkttyagent", "--notify-fd", str(told), "--process", str(os.getppid())]
        os.execvp(agent[0], agent)
    os.close(told)
    threading.Thread(target=_answer, args=(terminal, pid, password), daemon=True).start()
    os.read(ready, 1)  # it closes its end when it is ready to ask
    code = elevated.main(pid)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return code


def _answer(terminal: int, pid: int, password: str) -> None:
    """Type the password whenever it is asked for; a wrong one is asked for again."""
    shown = ""
    answered = 0
    while True:
        try:
            block = os.read(terminal, 4096)
        except OSError:  # the asking program has ended
            return
        shown += block.decode(errors="replace")
        if shown.count("Password:") > answered:
            named = f"dumpengine-helper --pid {pid} --dump " in shown
            _wait_until_it_listens(terminal)
            # A prompt for who knows what gets no password: the dump fails, and so does the trial.
            os.write(terminal, (password if named else "").encode() + b"\n")
            answered += 1


def _wait_until_it_listens(terminal: int) -> None:
    """Wait until nothing typed is shown: that is switched after the prompt, forgetting input."""
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
