"""A service with eight threads, one of which is stuck in a lock. Lines are known by their marks."""

import sys
import threading
import time

lock = threading.Lock()


class Store:
    def fetch(self, key):
        with lock:  # mark fetch
            return key


def handle(number):
    return Store().fetch(number)  # mark handle


def run(number):
    value = handle(number)  # mark run
    return value


def endless():
    yield from (time.sleep(1000) for _ in range(3))  # mark generator


CODE = "def größe_日本():\n  import time\n\n  time.sleep(1000)\ngröße_日本()"


def worker(number):
    if number == 0:
        run(number)  # mark stuck
    elif number == 1:
        max([1], key=lambda n: sorted([n], key=lambda _: time.sleep(1000)))  # mark lambda
    elif number == 2:
        for _ in endless():  # mark loop
            pass
    elif number == 3:
        exec(compile(CODE, "schlüssel.py", "exec"), {})  # mark compiled
    else:
        time.sleep(1000)  # mark sleep


lock.acquire()
for index in range(7):
    threading.Thread(target=worker, args=(index,), daemon=True).start()
    time.sleep(0.05)
print("ready", flush=True)
sys.stdin.read()  # mark main
