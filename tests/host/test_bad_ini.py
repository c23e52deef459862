# SPDX-License-Identifier: Apache-2.0
"""An invalid ini: exit status 78, the line in the journal, and no change until it is fixed."""

import pytest

from host.box import INI, REGISTRY, SERVICE, TOKENS, config_of, ini
from lib.container import wait_for

GOOD = ini("alice")
EX_CONFIG = 78
EXIT_CREDENTIALS = 243  # systemd.exec(5), "Process Exit Codes"

# The error, its line, and a word of the message.
WRONG = {
    "unknown key": (f"[user alice]\nregistry = {REGISTRY}\n", 2, "registry"),
    "unknown section": ("[users alice]\n", 1, "users"),
    "duplicate section": (GOOD + GOOD, 3, "alice"),
    "bad host": ("[user alice]\nregistries = docker.io\n", 2, "docker.io"),
    "bad time span": ("[refresh]\ntimeout = soon\n" + GOOD, 2, "soon"),
    "bad share": ("[refresh]\nrenew_at = 150%\n" + GOOD, 2, "150%"),
    "missing identity": (GOOD + f"[registry {REGISTRY}]\naws = prod\n", 4, "prod"),
    "line too long": (GOOD + "; " + "x" * 100000 + "\n" + "nonsense" * 3000 + "\n", 4, ""),
    "no registries": ("[user alice]\nfiles = ~/a.json\n", 1, "registries"),
    "relative path": (GOOD + "files = config.json\n", 3, "config.json"),
    "key outside of a section": ("timeout = 1s\n", 1, ""),
}


@pytest.mark.parametrize("kind", WRONG)
def test_nothing_is_applied(box, simulator, kind):
    text, line, word = WRONG[kind]
    box.configure(GOOD)
    assert box.refresh() == 0
    before = [box.output(["sha256sum", path]) for path in (TOKENS, config_of("alice"))]
    requests = simulator.state()["requests"]

    box.configure(text)
    assert box.refresh() == EX_CONFIG

    assert box.show(SERVICE, "Result")["Result"] == "exit-code"
    events = box.events("CONFIG_INVALID")
    assert any(f"{INI}:{line}: " in e["MESSAGE"] and word in e["MESSAGE"] for e in events), events
    assert [box.output(["sha256sum", path]) for path in (TOKENS, config_of("alice"))] == before
    assert simulator.state()["requests"] == requests
    assert INI in box.show(SERVICE, "StatusText")["StatusText"]


def test_each_error_is_reported_once(box):
    """Although both stages read the ini."""
    box.configure("[user alice]\nregistry = x\n")
    assert box.refresh() == EX_CONFIG
    messages = [e["MESSAGE"] for e in box.events("CONFIG_INVALID")]
    assert len(messages) == len(set(messages))


def test_missing_ini_changes_nothing(box, simulator):
    """That is not an error: it is briefly missing while it is replaced."""
    box.configure(GOOD)
    assert box.refresh() == 0
    before = box.read(config_of("alice"))
    box.run(["rm", INI])
    assert box.refresh() == 0
    (event,) = box.events("NOTHING_CONFIGURED")
    assert f"{INI} does not exist; create it" in event["MESSAGE"]
    assert "entries written earlier stay" in event["MESSAGE"]
    assert box.read(config_of("alice")) == before
    done = box.run("ecr-refresher refresh")
    assert f"{INI} does not exist; create it" in done.stderr
    assert box.read(config_of("alice")) == before
    assert box.status()["files"][0]["registries"] == [REGISTRY]
    box.configure(GOOD)
    assert box.refresh() == 0
    assert box.read(config_of("alice")) == before
    assert simulator.state()["requests"] == 1


def test_dangling_link(box):
    box.configure(GOOD)
    assert box.refresh() == 0
    before = box.read(config_of("alice"))
    box.run(f"ln -sf managed.ini {INI}")
    assert box.refresh() == EX_CONFIG
    (event,) = box.events("CONFIG_INVALID")
    assert f"{INI}: cannot be read: it is a symbolic link to a file that does not exist" in event["MESSAGE"]
    assert box.read(config_of("alice")) == before


def test_ini_that_is_a_directory(box):
    box.configure(GOOD)
    assert box.refresh() == 0
    before = box.read(config_of("alice"))
    box.run(f"rm {INI} && mkdir {INI}")
    assert box.refresh() == EX_CONFIG
    (event,) = box.events("CONFIG_INVALID")
    assert INI in event["MESSAGE"] and "cannot be read" in event["MESSAGE"]
    assert box.read(config_of("alice")) == before


def test_ini_too_large_for_systemd(box):
    """Above 1 MiB LoadCredential= fails, and systemd starts neither program."""
    box.configure(GOOD)
    assert box.refresh() == 0
    before = box.read(config_of("alice"))
    box.run(f"yes '; long' | head -c 1200000 >>{INI}")
    assert box.refresh() == EXIT_CREDENTIALS
    assert box.read(config_of("alice")) == before
    done = box.run("ecr-refresher refresh", check=False)
    assert done.returncode == EX_CONFIG
    assert INI in done.stderr and "1 MiB" in done.stderr


def test_fixing_it_is_enough(box):
    box.configure(GOOD)
    box.enable()
    box.wait_for_entry(config_of("alice"))
    box.configure("[user bob\n")
    wait_for(lambda: box.events("CONFIG_INVALID"), 15, "the error in the journal")
    box.configure(ini("alice", "bob"))
    box.wait_for_entry(config_of("bob"))
    box.wait_until_idle()
    assert box.exit_status() == 0


def test_status_with_an_invalid_ini(box):
    box.configure("[user bob\n")
    done = box.run("ecr-refresher status", check=False)
    assert done.returncode == EX_CONFIG
    assert f"{INI}:1: " in done.stderr
