# SPDX-License-Identifier: Apache-2.0
"""credential_process: a command of the user, run as the user."""

import json

import pytest

from integration.machine import NO_KEYS, REGISTRY, ecr_keys, same_principal_as_cli
from lib.patience import patience
from lib.simulator import ACCESS_KEY_ID, SECRET_ACCESS_KEY

GOOD = {"Version": 1, "AccessKeyId": ACCESS_KEY_ID, "SecretAccessKey": SECRET_ACCESS_KEY}
TEMPORARY = {"Version": 1, "AccessKeyId": "ASIAPROCESS", "SecretAccessKey": "process-secret",
             "SessionToken": "process-token", "Expiration": "2199-01-01T00:00:00Z"}


@pytest.fixture
def process(fetch):
    """Runs ecr-fetch with a profile that has this command."""
    fetch.configure(REGISTRY)
    fetch.secrets |= {"process-secret", "process-token", "hunter2"}

    def run(command, **env):
        fetch.aws_file("config", f"[default]\ncredential_process = {command}\n")
        return fetch(env={**NO_KEYS, **env})

    return run


def output(fetch, data):
    return fetch.user.write("output.json", data if isinstance(data, str) else json.dumps(data))


def test_static_keys(process, fetch, sim):
    result = process(f"cat {output(fetch, GOOD)}")
    assert result.code == 0, result.log
    assert ecr_keys(sim) == [ACCESS_KEY_ID]


def test_temporary_keys(process, fetch, sim):
    sim.keys([{"id": "ASIAPROCESS", "secret": "process-secret", "token": "process-token"}])
    result = process(f"cat {output(fetch, TEMPORARY)}")
    assert result.code == 0, result.log
    assert ecr_keys(sim) == ["ASIAPROCESS"]


def test_shell_and_environment(process, fetch, sim):
    path = output(fetch, GOOD)
    result = process(f'test "$(id -u)" = {fetch.user.uid} && cat "$WHERE" | cat', WHERE=str(path))
    assert result.code == 0, result.log
    assert ecr_keys(sim) == [ACCESS_KEY_ID]


def test_sigpipe(process, fetch, sim):
    """libcurl does not block it; it is sent if a connection breaks off during a write."""
    result = process(f"kill -PIPE $PPID; cat {output(fetch, GOOD)}")
    assert result.code == 0, result.log
    assert ecr_keys(sim) == [ACCESS_KEY_ID]


def test_ignored_sigchld(fetch, sim):
    """As a parent with `trap '' CHLD` leaves it: the kernel then forgets the exit statuses."""
    fetch.configure(REGISTRY)
    fetch.aws_file("config",
                   f"[default]\ncredential_process = cat {output(fetch, GOOD)}\n")
    command = " ".join(map(str, fetch.command()))
    done = fetch.user.run(["bash", "-c", f"trap '' CHLD; exec {command}"],
                          env=fetch.environment(NO_KEYS))
    assert done.returncode == 0, done.stderr
    assert ecr_keys(sim) == [ACCESS_KEY_ID]


@pytest.mark.parametrize("command, says", [
    ("echo hunter2 >&2; echo hunter2; exit 3", "exited with code 3"),
    ("/nonexistent/helper --password hunter2", "exited with code 127"),
    ("echo hunter2", "not a JSON"),
    ("true", "is empty"),
    ("kill -KILL $$", "signal 9"),
    ("yes hunter2", "64 KiB"),
    ("""echo '{"Version": 2, "AccessKeyId": "hunter2", "SecretAccessKey": "hunter2"}'""",
     "Version 1"),
    ("""echo '{"Version": 1, "AccessKeyId": "hunter2"}'""", "SecretAccessKey"),
])
def test_failures_show_no_output(process, sim, command, says):
    result = process(command)
    assert result.code == 1
    assert result.logged("credential_process", "default", says)
    assert sim.state()["requests"] == 0


def test_expired_credentials(process, fetch, sim):
    sim.keys([{"id": "ASIAPROCESS", "secret": "process-secret", "token": "process-token"}])
    result = process(f"cat {output(fetch, {**TEMPORARY, 'Expiration': '2020-01-01T00:00:00Z'})}")
    assert result.code == 1
    assert result.logged("printed keys that expired at 2020-01-01T00:00:00Z")
    assert sim.state()["requests"] == 0


def test_deadline_of_the_run(process, fetch, sim):
    fetch.configure(REGISTRY, more="[refresh]\ntimeout = 2s\n")
    result = process("sleep 300")
    assert result.code == 1
    assert result.logged("credential_process", "killed")
    assert result.seconds < patience(6)


def test_same_principal_as_the_aws_cli(fetch, sim):
    sim.keys([{"id": "ASIAPROCESS", "secret": "process-secret", "token": "process-token"}])
    path = output(fetch, TEMPORARY)
    fetch.aws_file("config", f"[default]\ncredential_process = cat {path}\n")
    same_principal_as_cli(fetch, sim, {})
