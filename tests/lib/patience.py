# SPDX-License-Identifier: Apache-2.0
"""How long the tests wait for what should happen.

A test says how long is more than enough on an idle machine. Slow and busy machines get ten times as
long, because a deadline is there to end a hang and not to measure: what is late is no fault.
"""

import select
import time

TIMES = 10


def patience(seconds):
    """The deadline, in seconds, for what takes no longer than that on an idle machine."""
    return TIMES * seconds


def until(seconds, pause=0.05):
    """Goes on until something has taken longer than that with patience(): for _ in until(5)."""
    deadline = time.monotonic() + patience(seconds)
    while time.monotonic() < deadline:
        yield
        time.sleep(pause)


def wait_for(condition, seconds=20, what=None):
    """The first true value of condition(), or a failed assertion after patience(seconds)."""
    for _ in until(seconds, 0.1):
        value = condition()
        if value:
            return value
    raise AssertionError(f"not within {patience(seconds)} s: {what or condition}")


def is_ready(process, seconds=20):
    """Whether a process with a piped standard output has printed "ready" as its first line, as
    those here do when they can be used. False if it has ended, or after patience(seconds)."""
    readable, _, _ = select.select([process.stdout], [], [], patience(seconds))
    return bool(readable) and process.stdout.readline() in ("ready\n", b"ready\n")


class ServerError(Exception):
    pass


def wait_for_server(name, process, is_up, log, seconds=10):
    """Returns when is_up(). Raises ServerError with the end of the file log, which has what the
    server says, if its process has ended or patience(seconds) is over."""
    for _ in until(seconds):
        if is_up():
            return
        if process.poll() is not None:
            break
    ended = process.returncode is not None
    what = f"ended with {process.returncode}" if ended else f"not ready in {patience(seconds)} s"
    raise ServerError(f"{name}: {what}:\n{log.read_text(errors='replace')[-4000:]}")
