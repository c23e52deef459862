# SPDX-License-Identifier: Apache-2.0
"""A run by hand that is interrupted while AWS does not answer. A transient unit waits for AWS: it also
ends, and no state is left half-written."""

import os
import pty
import select

import pytest

from host.box import REGISTRY, TOKENS, config_of, ini
from lib.container import wait_for
from lib.patience import patience

# Only the signal ends it.
INI = ini("alice", more="[refresh]\ntimeout = 10min\n")


class Terminal:
    """A shell with its own terminal that runs one command and prints its exit status."""

    def __init__(self, box, command):
        self.master, end = pty.openpty()
        script = f"trap : INT; {command}; echo ended with $?"
        self.shell = box.start(["setsid", "--ctty", "--wait", "sh", "-c", script], stdin=end,
                               stdout=end, stderr=end)
        os.close(end)

    def type(self, text):
        os.write(self.master, text.encode())

    def rest(self):
        """The output until every process has closed the terminal."""
        text = b""
        while True:
            ready, _, _ = select.select([self.master], [], [], patience(60))
            assert ready, f"it does not end: {text}"
            try:
                text += os.read(self.master, 4096)
            except OSError:
                break
        os.close(self.master)
        self.shell.wait(patience(30))
        return text.decode()


def ours(box):
    """Processes and transient units of a run."""
    processes = box.run("pidof ecr-refresher ecr-fetch systemd-run", check=False).stdout
    units = box.run("systemctl list-units --plain --no-legend --all 'run-*.service'").stdout
    return processes + units


@pytest.fixture
def waiting(box, simulator):
    """Starts a command after one good run, and returns when it waits for AWS."""
    def start(command):
        box.configure(INI)
        assert box.run("ecr-refresher refresh", check=False).returncode == 0
        before = simulator.state()["requests"]
        simulator.fault("no_answer", service="ecr")
        terminal = Terminal(box, command)
        wait_for(lambda: simulator.state()["requests"] > before, 60, "a request to AWS")
        return terminal
    return start


WAYS = {
    "Ctrl-C": (lambda box, terminal: terminal.type("\x03"), 130),
    "SIGTERM": (lambda box, _: box.run("kill -TERM $(pidof ecr-refresher)"), 143),
    "SIGKILL": (lambda box, _: box.run("kill -KILL $(pidof ecr-refresher)"), 137),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", ["refresh --force", "check --online"])
def test_it_ends(box, simulator, waiting, command, way):
    interrupt, status = WAYS[way]
    terminal = waiting(f"ecr-refresher {command}")
    file, tokens = box.read(config_of("alice")), box.read(TOKENS)

    interrupt(box, terminal)
    output = terminal.rest()

    assert f"ended with {status}" in output
    wait_for(lambda: not ours(box), 30, "the end of all that was started")
    assert (box.read(config_of("alice")), box.read(TOKENS)) == (file, tokens)
    assert not box.run("find /home/alice/.docker /run/ecr-refresher -mindepth 1 -name '.*'").stdout.strip()
    # The lock is free, and the next run gets a new token.
    simulator.clear_faults()
    assert box.run("ecr-refresher refresh --force", check=False).returncode == 0
    assert box.entry(config_of("alice"), REGISTRY) and box.read(config_of("alice")) != file
