"""Any program behind a serial port: its terminal is passed on to a second one, which is the port."""

import os
import pty
import select
import subprocess
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def behind_a_port(command: list[str]) -> Iterator[str]:
    """The port of a program that runs until the end of the block."""
    near, own = pty.openpty()
    far, port = pty.openpty()
    tty.setraw(port)
    process = subprocess.Popen(command, stdin=own, stdout=own, stderr=own, start_new_session=True)
    os.close(own)
    ended = threading.Event()

    def pass_on() -> None:
        while not ended.is_set():
            for ready in select.select([near, far], [], [], 0.1)[0]:
                try:
                    os.write(far if ready == near else near, os.read(ready, 4096))
                except OSError:
                    return

    thread = threading.Thread(target=pass_on, daemon=True)
    thread.start()
    try:
        yield os.ttyname(port)
    finally:
        ended.set()
        thread.join()
        process.kill()
        process.wait()
        for file in (near, far, port):
            os.close(file)
