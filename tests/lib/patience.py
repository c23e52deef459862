# SPDX-License-Identifier: Apache-2.0
"""Deadlines of the tests.

A test gives the time that is more than enough on an idle machine. The deadline is ten times as long,
for slow and busy machines: it only ends a hang, and being late is not a failure.
"""

import select
import time

TIMES = 10


def patience(seconds):
    """Returns the deadline, in seconds, for what takes at most that long on an idle machine."""
    return TIMES * seconds


def until(seconds, pause=0.05):
    """Yields until patience(seconds) are over: for _ in until(5)."""
    deadline = time.monotonic() + patience(seconds)
    while time.monotonic() < deadline:
        yield
        time.sleep(pause)


def wait_for(condition, seconds=20, what=None):
    """Returns the first true value of condition(); fails after patience(seconds)."""
    for _ in until(seconds, 0.1):
        value = condition()
        if value:
            return value
    raise AssertionError(f"not within {patience(seconds)} s: {what or condition}")


def is_ready(process, seconds=20):
    """Waits until a process with a piped standard output prints its first line, and reports whether
    that is "ready", as the servers here print. False if it ends, or after patience(seconds)."""
    readable, _, _ = select.select([process.stdout], [], [], patience(seconds))
    return bool(readable) and process.stdout.readline() in ("ready\n", b"ready\n")


class ServerError(Exception):
    pass


def wait_for_server(name, process, is_up, log, seconds=10):
    """Returns when is_up(). Raises ServerError with the end of the server's file log if its process
    has ended or patience(seconds) are over."""
    for _ in until(seconds):
        if is_up():
            return
        if process.poll() is not None:
            break
    ended = process.returncode is not None
    what = f"ended with {process.returncode}" if ended else f"not ready in {patience(seconds)} s"
    raise ServerError(f"{name}: {what}:\n{log.read_text(errors='replace')[-4000:]}")
