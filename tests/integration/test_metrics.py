# SPDX-License-Identifier: Apache-2.0
"""metrics_file: the metrics for Prometheus, in a file that is always complete."""

import json
import os
import re
import shutil
import subprocess
import threading
import time

import pytest

from lib.account import Account
from lib.host_service import HOUR, authorization, timestamp, token
from lib.promtool import check, promtool

FRANKFURT = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
IRELAND = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
FILE = ".docker/config.json"
FAILURE = ("AccessDeniedException", "not allowed")
P = "ecr_refresher_"


@pytest.fixture(scope="module")
def exporter():
    """The owner of the directory, like prometheus in Debian."""
    with Account(None) as user:
        yield user


class Metrics:
    """One host's metrics_file, below /var/lib."""

    def __init__(self, host, owner):
        self.host = host
        self.directory = host.lib / "node-exporter"
        self.directory.mkdir(mode=0o755)
        os.chown(self.directory, owner.uid, owner.gid)
        self.path = self.directory / "ecr_refresher.prom"
        self.name = "/var/lib/node-exporter/ecr_refresher.prom"

    def serve(self, user, registries=FRANKFURT, name=None, more=""):
        self.host.configure(f"[refresh]\nmetrics_file = {name or self.name}\n{more}"
                            f"[user {user.name}]\nregistries = {registries}\n")

    def read(self):
        """{"name{labels}": value}, after promtool had nothing to say."""
        text = self.path.read_text()
        assert promtool() is None or check(text) == ""
        samples = [line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#"]
        found = {name: float(value) for name, value in samples}
        assert len(found) == len(samples), "a sample is there twice"
        return found


@pytest.fixture
def metrics(host, exporter):
    return Metrics(host, exporter)


def of(name, host=FRANKFURT, identity=""):
    return f'{P}{name}{{registry="{host}",identity="{identity}"}}'


def test_promtool_is_installed():
    if promtool() is None:
        pytest.skip("apt-get download prometheus: no network")
    assert "no help text" in check("a_total 1\n"), "it would find something"


def test_successful_run(host, metrics, exporter, alice):
    metrics.serve(alice)
    host.tokens(token())
    before = time.time()
    host.ok("write")
    found = metrics.read()
    assert found[of("token_failing")] == 0
    assert abs(found[of("token_expiry_timestamp_seconds")] - before - 11 * HOUR) < 60
    assert abs(found[of("token_last_success_timestamp_seconds")] - before + HOUR) < 60
    assert before < found[of("token_renewal_timestamp_seconds")] < before + 11 * HOUR
    assert found[f'{P}file_failing{{user="{alice.name}",file="~/{FILE}"}}'] == 0
    assert found[f"{P}last_run_success"] == 1
    assert int(before) <= found[f"{P}last_run_timestamp_seconds"] <= time.time()
    assert 0 < found[f"{P}last_run_duration_seconds"] < 30
    assert found[f"{P}files_written_total"] == 1
    assert {found[f"{P}{name}_total"]
            for name in ("files_repaired", "file_failures", "token_failures")} == {0}
    assert authorization() not in metrics.path.read_text()
    assert "AKIA" not in metrics.path.read_text()
    status = metrics.path.stat()
    assert (status.st_mode & 0o7777, status.st_uid) == (0o644, exporter.uid)
    assert [path.name for path in metrics.directory.iterdir()] == [metrics.path.name]


def test_failed_run(host, metrics, alice):
    metrics.serve(alice, f"{FRANKFURT} {IRELAND} auto", more="[registry %s]\naws = prod\n"
                  "[aws prod]\nprofile = prod\n" % IRELAND)
    (alice.home / ".docker").mkdir(mode=0o700)
    (alice.home / FILE).write_text("{")
    for path in (alice.home / ".docker", alice.home / FILE):
        os.chown(path, alice.uid, alice.gid)
    host.tokens(token(failure=FAILURE), token("eu-west-1", secret=None, identity="prod",
                                              failure=FAILURE))
    assert host.run("write").returncode == 1
    found = metrics.read()
    assert found[of("token_failing")] == 1 and of("token_expiry_timestamp_seconds") in found
    assert found[of("token_failing", IRELAND, "prod")] == 1
    assert of("token_expiry_timestamp_seconds", IRELAND, "prod") not in found
    assert found[of("token_failing", "auto")] == 1
    assert found[f'{P}file_failing{{user="{alice.name}",file="~/{FILE}"}}'] == 1
    assert found[f"{P}last_run_success"] == 0
    assert found[f"{P}file_failures_total"] == 1 and found[f"{P}token_failures_total"] == 2


def test_token_fetched_in_the_future(host, metrics, alice):
    """An alert on the expiry alone would not notice it."""
    metrics.serve(alice)
    host.tokens(token(age=-72 * HOUR))
    assert host.run("write").returncode == 1
    found = metrics.read()
    assert found[of("token_failing")] == 1
    assert of("token_expiry_timestamp_seconds") not in found
    assert of("token_renewal_timestamp_seconds") not in found


@pytest.mark.parametrize("tokens", [[], [token(age=13 * HOUR)]])
def test_file_without_a_valid_token(host, metrics, alice, tokens):
    metrics.serve(alice)
    host.tokens(*tokens)
    assert host.run("write").returncode == 1
    assert metrics.read()[f'{P}file_failing{{user="{alice.name}",file="~/{FILE}"}}'] == 1


def file_counters(host):
    """The counters of files: logout writes no metrics, but still counts."""
    return {name: n for name, n in host.record["counters"].items() if name.startswith("file")}


def test_counters_survive(host, metrics, alice):
    def counts():
        found = metrics.read()
        return tuple(int(found[f"{P}{name}_total"]) for name in
                     ("files_written", "files_repaired", "file_failures", "token_failures"))
    path = alice.home / FILE
    metrics.serve(alice)
    host.tokens(token())
    host.ok("write")
    assert counts() == (1, 0, 0, 0)
    host.ok("write")
    assert counts() == (1, 0, 0, 0)
    path.write_text("{}")  # another program has removed it
    host.ok("write")
    assert counts() == (2, 1, 0, 0)
    path.write_text(path.read_text().replace(authorization(), authorization("other")))
    host.ok("write")
    assert counts() == (3, 2, 0, 0)
    host.tokens(token(secret="second"))  # a new token is not a repair
    host.ok("write")
    assert counts() == (4, 2, 0, 0)
    metrics.serve(alice, f"{FRANKFURT} {IRELAND}")
    host.tokens(token(secret="second"), token("eu-west-1"))
    host.ok("write")
    assert counts() == (5, 2, 0, 0)
    metrics.serve(alice, IRELAND)  # nor is a removed registry
    host.ok("write")
    assert counts() == (6, 2, 0, 0)
    path.write_text("{")
    for _ in range(2):
        host.run("write")
    assert counts() == (6, 2, 2, 0)
    path.unlink()
    host.ok("write")
    host.ok("logout")
    assert file_counters(host) == {"files_written": 8, "files_repaired": 3, "file_failures": 2}


def test_failed_fetch_counts_once(host, metrics, alice):
    """The writer also runs if ecr-fetch had nothing to do."""
    metrics.serve(alice)
    failing = token(failure=FAILURE)
    host.tokens(failing)
    for _ in range(3):
        host.run("write")
    assert metrics.read()[f"{P}token_failures_total"] == 1
    failing["failure"]["at"] = timestamp(time.time() + 2)
    host.tokens(failing)
    host.run("write")
    assert metrics.read()[f"{P}token_failures_total"] == 2


def test_nothing_configured(host, metrics):
    host.configure(f"[refresh]\nmetrics_file = {metrics.name}\n")
    host.ok("write")
    assert metrics.read()[f"{P}last_run_success"] == 1


def test_dry_run(host, metrics, alice):
    metrics.serve(alice)
    host.tokens(token())
    host.run("refresh", "--dry-run")
    assert list(metrics.directory.iterdir()) == []


def test_strange_names(host, metrics, alice):
    host.configure(f"[refresh]\nmetrics_file = {metrics.name}\n[user {alice.name}]\n"
                   f"registries = {FRANKFURT}\nfiles = ~/.docker/a\"b\\c.json\n")
    host.tokens(token())
    host.ok("write")
    assert metrics.read()[f'{P}file_failing{{user="{alice.name}",file="~/.docker/a\\"b\\\\c.json"}}'
                          ] == 0


def test_always_complete(host, metrics, alice):
    """A reader never finds a part of it, or no file."""
    metrics.serve(alice)
    host.tokens(token())
    host.ok("write")
    size, seen, stop = len(metrics.path.read_bytes()), set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(metrics.path.read_text().endswith(f"{P}last_run_success 1\n"))
    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(30):
        host.ok("write")
    stop.set()
    reader.join()
    assert seen == {True} and size > 500


# Failures


def provoke(metrics, what, alice):
    directory = "/var/lib/node-exporter"
    if what == "no directory":
        return "/var/lib/nowhere/x.prom", ["create its directory"]
    if what == "a directory":
        (metrics.directory / "x.prom").mkdir()
        return f"{directory}/x.prom", ["name a file in that directory"]
    if what == "a file for a directory":
        (metrics.directory / "file").write_text("")
        return f"{directory}/file/x.prom", ["create its directory"]
    if what == "not for its owner":
        metrics.directory.chmod(0o555)
        return metrics.name, ["owner"]
    if what == "read-only":
        subprocess.run(metrics.host.command(
            ["sh", "-c", f"mount --bind {directory} {directory} && "
             f"mount -o remount,ro,bind {directory}"]), check=True)
        return metrics.name, ["ReadWritePaths="]
    raise ValueError(what)


@pytest.mark.parametrize("what", ["no directory", "a directory", "a file for a directory",
                                  "not for its owner", "read-only"])
def test_not_writable(host, metrics, alice, what):
    """The message names the file, the cause and the fix, and all the rest is done."""
    name, words = provoke(metrics, what, alice)
    metrics.serve(alice, name=name)
    host.tokens(token())
    done = host.run("write")
    assert done.returncode == 1
    [line] = [line for line in done.stderr.splitlines() if "metrics_file" in line]
    assert name in line and all(word in line for word in words)
    assert FRANKFURT in json.loads((alice.home / FILE).read_text())["auths"]
    assert host.status()["good"]
    assert not list(metrics.directory.glob(".*"))


def test_planted_file(host, metrics, exporter, alice):
    """A link in that directory is replaced, not followed; also one for the temporary file."""
    victim = host.directory / "victim"
    victim.write_text("untouched")
    metrics.path.symlink_to(victim)
    (metrics.directory / f".{metrics.path.name}.new").symlink_to(victim)
    metrics.serve(alice)
    host.tokens(token())
    host.ok("write")
    assert victim.read_text() == "untouched" and not metrics.path.is_symlink()
    metrics.read()


@pytest.mark.parametrize("above", [False, True])
def test_link_of_another_user(host, metrics, exporter, alice, above):
    """If a user may make a link, root continues as that user, who may not write to root's files."""
    inner = metrics.directory / "inner"
    if above:
        inner = metrics.directory / "link/inner"
    victim = host.lib / "victim/inner"
    victim.mkdir(parents=True, mode=0o755)
    name = f"/var/lib/{inner.relative_to(host.lib)}/x.prom"
    (metrics.directory / "link").symlink_to("/var/lib/victim")
    if not above:
        inner.symlink_to("/var/lib/victim/inner")
    os.chown(metrics.directory / "link", exporter.uid, exporter.gid, follow_symlinks=False)
    metrics.serve(alice, name=name)
    host.tokens(token())
    done = host.run("write")
    assert done.returncode == 1 and "metrics_file" in done.stderr
    assert list(victim.iterdir()) == []
    os.chown(victim, exporter.uid, exporter.gid)
    host.ok("write")
    assert (victim / "x.prom").stat().st_uid == exporter.uid


def test_links_of_root(host, metrics, exporter, alice):
    """They are followed, and the file belongs to the owner of the directory."""
    (host.lib / "one").symlink_to("/var/lib/../lib//./two/")
    (host.lib / "two").symlink_to("node-exporter")
    metrics.serve(alice, name="/var/lib/one/ecr_refresher.prom")
    host.tokens(token())
    host.ok("write")
    assert metrics.path.stat().st_uid == exporter.uid
    (host.lib / "two").unlink()
    (host.lib / "two").symlink_to("one")
    done = host.run("write")
    assert done.returncode == 1 and "metrics_file" in done.stderr


def test_relative(host, metrics, alice):
    metrics.serve(alice, name="metrics.prom")
    done = host.run("write")
    assert done.returncode == 78
    assert re.search(r"ecr-refresher\.ini:2: .*metrics_file.*absolute path", done.stderr)


def test_own_service(host, alice):
    path = alice.home / "metrics.prom"
    alice.write(".config/ecr-refresher.ini", f"[refresh]\nmetrics_file = {path}\n"
                f"[user {alice.name}]\nregistries = {FRANKFURT}\n")
    host.run("write", user=alice)
    assert f"{P}last_run_success 0\n" in path.read_text()
    assert path.stat().st_mode & 0o7777 == 0o644 and path.stat().st_uid == alice.uid
    shutil.rmtree(alice.home / ".config")
