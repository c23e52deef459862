# SPDX-License-Identifier: Apache-2.0
"""ecr-refresher status: the JSON, the part for each user, and the tables."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import jsonschema
import pytest

from lib.host_service import HOUR, authorization, token
from lib.patience import patience

SOURCE = Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((SOURCE / "etc/status.schema.json").read_text())

FRANKFURT = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
IRELAND = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
FAILURE = ("AccessDeniedException", "the identity may not call ecr:GetAuthorizationToken; "
           "allow it that action on every resource and run the service again")


def serve(host, *users, registries=FRANKFURT, more=""):
    host.configure(more + "".join(
        f"[user {user.name}]\nregistries = {registries}\n" for user in users))


def part(host, user):
    return host.state / f"users/{user.uid}.json"


def terminal(command, columns, env):
    """Runs a program on a terminal of that width. Returns its output and exit code."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(command, env=env, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    os.close(master)
    return shown.decode().replace("\r\n", "\n"), process.wait(patience(30))


def strict_schema():
    """The schema, with members that it does not describe as errors."""
    return json.loads(json.dumps(SCHEMA).replace(
        '"type": "object"', '"type": "object", "additionalProperties": false'))


# JSON


def test_schema_knows_every_member(host, alice, bob):
    serve(host, alice, bob, registries=f"{FRANKFURT} {IRELAND} auto")
    host.tokens(token(), token("eu-west-1", age=13 * HOUR, failure=FAILURE))
    before = host.status()
    host.run("write")
    (alice.home / ".docker/config.json").write_text("{")
    host.run("write")
    after = host.status()
    for status in (before, after, host.status(alice)):
        jsonschema.validate(status, strict_schema())
    assert {file["state"] for file in before["files"]} == {"pending"}
    assert {file["state"] for file in after["files"]} == {"expired", "failed"}
    assert {r["state"] for r in after["registries"]} == {"fresh", "expired", "missing"}


def test_schema_knows_every_kind_of_cluster():
    names = re.findall(r'\[SINK_\w+\] = "(\w+)"', (SOURCE / "src/config/config.c").read_text())
    kind = SCHEMA["properties"]["clusters"]["items"]["properties"]["kind"]
    assert len(names) > 1 and set(names) == set(kind["enum"])


def test_clusters(host, alice):
    """The state that ecr-publish left; the exit code of a run shows a failure in a cluster."""
    target = {"kind": "secret", "name": "team-a/ecr", "uid": "1", "since": "2026-11-21T11:00:00Z",
              "published_at": "2026-11-21T11:00:00Z"}
    section = {"kind": "kubernetes", "name": "prod", "since": "2026-11-21T11:00:00Z",
               "published_at": "2026-11-21T11:00:00Z", "expires_at": "2099-01-01T00:00:00Z",
               "retry_at": "2026-11-21T11:01:00Z", "failures": 1, "warnings": ["unsafe"],
               "targets": [target]}

    def published(section):
        (host.state / "published").mkdir(exist_ok=True)
        (host.state / "published/published.json").write_text(
            json.dumps({"version": 1, "sections": [section]}))
    def write():
        """The exit code; without ecr-publish in its place, as in a build directory, it
        has no meaning."""
        done = host.run("write")
        return 0 if "ecr-publish, which would serve it, is not" in done.stderr else done.returncode
    serve(host, alice, more=f"[kubernetes prod]\nregistries = {FRANKFURT}\nnamespaces = team-a\n")
    host.tokens(token())
    assert host.run("write").returncode == 1, "ecr-publish has not served it"
    assert host.status()["clusters"][0]["state"] == "pending" and not host.status()["good"]
    published(section)
    assert write() == 0
    status = host.status()
    jsonschema.validate(status, strict_schema())
    assert status["good"] and status["clusters"][0]["targets"][0]["name"] == "team-a/ecr"
    published({**section, "targets": [{**target, "code": "forbidden", "text": "not allowed"}]})
    assert host.run("write").returncode == 1
    status = host.status()
    jsonschema.validate(status, strict_schema())
    assert not status["good"] and "not allowed" in status["summary"]
    done = host.run("status")
    assert done.returncode == 1
    assert re.search(r"^kubernetes prod +secret team-a/ecr +failed .*\n    not allowed$", done.stdout,
                     re.M)
    assert host.status(alice)["clusters"] == [] and host.status(alice)["good"]


@pytest.mark.parametrize("tokens, state, code", [
    ([token()], "fresh", 0),
    ([token(failure=FAILURE)], "failing", 1),
    ([token(age=13 * HOUR)], "expired", 1),
    ([token(secret=None, failure=FAILURE)], "missing", 1),
    ([], "missing", 1),
])
def test_exit_code(host, alice, tokens, state, code):
    serve(host, alice)
    host.tokens(*tokens)
    host.run("write")
    done = host.run("status", "--json")
    assert done.returncode == code
    assert json.loads(done.stdout)["registries"][0]["state"] == state
    assert json.loads(done.stdout)["good"] == (code == 0)
    assert host.run("status").returncode == code


def states(host, user):
    """The states of the one file: in root's JSON, in its user's, and in the table."""
    shown = {[file["state"] for file in host.status(who)["files"]][0] for who in (None, user)}
    [state] = shown
    assert re.search(rf"^{user.name} +\S+ +{state} ", host.run("status").stdout, re.M)
    jsonschema.validate(host.status(), strict_schema())
    return state


@pytest.mark.parametrize("tokens", [[], [token(secret=None, failure=FAILURE)]])
def test_file_without_a_token(host, alice, tokens):
    """The writer has run, but had no token for the file."""
    serve(host, alice)
    host.tokens(*tokens)
    host.run("write")
    assert not (alice.home / ".docker/config.json").exists()
    assert states(host, alice) == "missing"
    host.tokens(token())
    assert host.status()["files"][0]["state"] == "pending"
    host.ok("write")
    assert states(host, alice) == "fresh"


def test_file_with_an_expired_token(host, alice):
    """The renewal is refused: the entry stays, but is not valid."""
    serve(host, alice)
    host.tokens(token())
    host.ok("write")
    old = token(age=12 * HOUR + 6, failure=FAILURE)
    host.tokens(old)
    host.run("write")
    assert "auths" in json.loads((alice.home / ".docker/config.json").read_text())
    assert states(host, alice) == "expired"
    assert host.status()["files"][0]["since"] == old["expires_at"]


def test_file_before_the_writer_has_run(host, alice):
    """A token was fetched, but is not in the file yet."""
    serve(host, alice)
    host.tokens(token())
    host.ok("write")
    host.tokens(token(secret="second"))
    done = host.run("status", "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["files"][0]["state"] == "pending"
    assert "1 file not written yet" in json.loads(done.stdout)["summary"]
    host.ok("write")
    assert states(host, alice) == "fresh"


def test_before_the_first_run(host, alice):
    """Nothing has failed, and the command to type is shown."""
    serve(host, alice)
    for done in (host.run("status"), host.run("status", "--json")):
        assert done.returncode == 1
        assert "failed" not in done.stdout and "not fetched yet" in done.stdout
        assert "'sudo ecr-refresher refresh'" in done.stdout


def test_nothing_is_changed(host, alice):
    serve(host, alice)
    host.tokens(token())
    host.run("status")
    assert not (host.state / "written/written.json").exists()
    assert not (host.state / "users").exists()


# The part for a user


def test_own_part_of_the_hosts_service(host, alice, bob):
    serve(host, alice, bob, registries=FRANKFURT,
          more=f"[registry {IRELAND}]\naws = prod\n[aws prod]\nprofile = prod\n")
    host.tokens(token(failure=FAILURE))
    host.run("write")
    status = host.status(alice)
    [registry] = status["registries"]
    assert (registry["service"], registry["registry"]) == ("host", FRANKFURT)
    assert registry["state"] == "failing" and registry["error"]["code"] == FAILURE[0]
    assert [file["user"] for file in status["files"]] == [alice.name]
    done = host.run("status", user=alice)
    assert done.returncode == 1 and "failing" in done.stdout
    assert bob.name not in done.stdout


def test_errors_of_aws_are_only_for_root(host, alice, bob):
    """They name the refused identity."""
    arn = "arn:aws:sts::123456789012:assumed-role/build-hosts/i-0123456789abcdef0"
    serve(host, alice, bob, registries=FRANKFURT)
    host.tokens(token(secret=None, failure=(FAILURE[0], f"User: {arn} is not authorized")))
    host.run("write")
    assert arn in json.dumps(host.status())
    assert "arn:" not in part(host, alice).read_text()
    [registry] = host.status(alice)["registries"]
    assert registry["error"]["code"] == FAILURE[0]
    done = host.run("status", user=alice)
    assert "arn:" not in done.stdout and "administrator" in done.stdout
    assert FAILURE[0] in done.stdout


def test_part_is_private(host, alice, bob):
    serve(host, alice, bob)
    host.tokens(token())
    host.ok("write")
    text = part(host, alice).read_text()
    assert authorization() not in text and "AKIA" not in text and bob.name not in text
    assert part(host, alice).stat().st_uid == 0
    path = f"/var/lib/ecr-refresher/users/{alice.uid}.json"

    def reads(user, *what):
        return subprocess.run(host.command(what, user), capture_output=True).returncode == 0
    assert reads(alice, "cat", path)
    assert not reads(bob, "cat", path)
    assert not reads(alice, "sh", "-c", f": >>{path}")
    assert not reads(alice, "ls", "/var/lib/ecr-refresher/users")


def test_part_is_written_when_something_changes(host, alice, bob):
    serve(host, alice, bob)
    host.tokens(token())
    host.ok("write")
    before = [part(host, user).stat() for user in (alice, bob)]
    host.ok("write")
    after = [part(host, user).stat() for user in (alice, bob)]
    assert [(s.st_ino, s.st_mtime_ns) for s in before] == [(s.st_ino, s.st_mtime_ns) for s in after]
    (alice.home / ".docker/config.json").write_text("{")
    host.run("write")
    assert part(host, alice).stat().st_ino != before[0].st_ino
    assert part(host, bob).stat().st_ino == before[1].st_ino


def test_part_is_removed_with_its_user(host, alice, bob):
    serve(host, alice, bob)
    host.tokens(token())
    host.ok("write")
    stray = host.state / "users/.4.json.new"
    stray.write_text("")
    serve(host, alice)
    host.ok("write")
    assert part(host, alice).exists() and not part(host, bob).exists() and not stray.exists()
    done = host.ok("status", user=bob)
    assert done.stdout.startswith("Nothing configured\n")
    assert f"[user {bob.name}]" in done.stdout


def test_run_for_some_users_keeps_the_others_parts(host, alice, bob):
    """A run for alice does not know bob's state."""
    serve(host, alice, bob)
    host.tokens(token())
    host.ok("write")
    for user in (alice, bob):
        (user.home / ".docker/config.json").write_text("{")
    inode = part(host, bob).stat().st_ino
    host.run("refresh", "--user", alice.name)
    assert part(host, bob).stat().st_ino == inode
    assert host.status(alice)["files"][0]["state"] == "failed"


def test_root_has_no_part(host, alice):
    host.configure(f"[user root]\nregistries = {FRANKFURT}\nfiles = {host.directory}/x.json\n")
    host.tokens(token())
    host.ok("write")
    assert list((host.state / "users").iterdir()) == []


def test_file_system_without_acls(host, alice):
    serve(host, alice)
    host.tokens(token())
    users = host.state / "users"
    users.mkdir()
    subprocess.run(host.command(["mount", "-t", "ramfs", "-o", "mode=711", "ramfs",
                                 "/var/lib/ecr-refresher/users"]), check=True)
    host.ok("write")
    done = host.run("status", user=alice)
    assert done.returncode == 1
    assert "ACL" in done.stderr and "root" in done.stderr


def test_own_service_beside_the_hosts(host, alice):
    serve(host, alice)
    host.tokens(token())
    host.ok("write")
    alice.write(".config/ecr-refresher.ini",
                f"[user {alice.name}]\nregistries = {IRELAND}\nfiles = ~/own.json\n")
    status = host.status(alice)
    assert [(r["service"], r["registry"], r["state"]) for r in status["registries"]] == [
        ("host", FRANKFURT, "fresh"), ("user", IRELAND, "missing")]
    assert {(f["service"], f["file"]) for f in status["files"]} == {
        ("host", "~/.docker/config.json"), ("user", "~/own.json")}
    done = host.run("status", user=alice)
    assert done.returncode == 1
    assert re.search(r"^The host's service\n\nREGISTRY.*^Your own service\n\nREGISTRY", done.stdout,
                     re.M | re.S)


def test_own_ini_is_wrong(host, alice):
    """The host's part is still shown."""
    serve(host, alice)
    host.tokens(token())
    host.ok("write")
    alice.write(".config/ecr-refresher.ini", "nonsense\n")
    done = host.run("status", user=alice)
    assert done.returncode == 78
    assert FRANKFURT in done.stdout and "ecr-refresher.ini:1:" in done.stderr


def test_without_a_runtime_directory(host, alice, bob):
    """As under cron and su: the host's part needs none."""
    serve(host, alice)
    host.tokens(token())
    host.ok("write")
    assert host.run("status", user=alice, env={"XDG_RUNTIME_DIR": ""}).returncode == 0
    assert "XDG_RUNTIME_DIR" in host.run("status", user=bob, env={"XDG_RUNTIME_DIR": ""}).stderr


# Tables


def test_terminal(host, alice):
    text = "x" * 60
    host.configure(f"[user {alice.name}]\nregistries = {FRANKFURT}\n"
                   f"files = ~/{text}/{text}/config.json\n")
    (alice.home / text).mkdir(exist_ok=True)
    os.chown(alice.home / text, alice.uid, alice.gid)
    host.tokens(token(failure=FAILURE, age=HOUR - 30))
    host.run("write")  # for 30 s the remaining time stays the same
    command = host.command([host.program, "--config", host.ini, "status"])
    env = {"PATH": "/usr/bin:/bin", "TERM": "xterm"}

    shown, code = terminal(command, 80, env)
    assert code == 1
    assert "\033[33mfailing\033[0m" in shown and "\033[32mfresh\033[0m" in shown
    plain = re.sub(r"\033\[\d*m", "", shown)
    assert all(len(line) <= 80 for line in plain.splitlines()), plain
    assert " ".join(plain.split()).count(FAILURE[1]) == 1  # below its row, not also in the summary
    assert re.search(r"^    \S.*\n    \S", plain, re.M), "the reason goes on, indented"

    assert terminal(command, 80, {**env, "NO_COLOR": "1"})[0] == plain
    assert terminal(command, 80, {**env, "TERM": "dumb"})[0] == plain
    assert terminal(command, 80, {**env, "NO_COLOR": ""})[0] == shown
    wide, _ = terminal(command, 300, {**env, "NO_COLOR": "1"})
    assert f"{text}/{text}/config.json" in wide and FRANKFURT in wide
    # Output to a pipe is not cut.
    piped = host.run("status").stdout
    assert f"{text}/{text}/config.json" in piped and FRANKFURT in piped and "\033" not in piped
    assert FAILURE[1] in piped


@pytest.mark.parametrize("output, why", [(">&-", "Bad file descriptor"),
                                         (">/dev/full", "No space left on device")])
def test_output_cannot_be_written(host, alice, output, why):
    serve(host, alice)
    host.tokens(token())
    host.ok("write")
    shell = f'exec "$0" --config "$1" status {output}'
    done = subprocess.run(host.command(["sh", "-c", shell, host.program, host.ini]),
                          capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=patience(30))
    assert done.returncode == 1 and f"standard output: {why}" in done.stderr
