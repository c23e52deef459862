# SPDX-License-Identifier: Apache-2.0
"""Without an ini nothing is configured, and entries written before stay."""

import json

import pytest

from lib.host_service import token
from lib.simulator import ACCOUNT, ACCESS_KEY_ID, SECRET_ACCESS_KEY

REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
STAGES = [["ecr-fetch"], ["ecr-publish"], ["ecr-refresher", "write"], ["ecr-refresher", "refresh"]]
INI = ".config/ecr-refresher.ini"
FILE = ".docker/config.json"
RECORD = ".local/state/ecr-refresher/written.json"


class Own:
    """A user's own service."""

    def __init__(self, programs, sim, user):
        self.programs, self.sim, self.user = programs, sim, user
        self.ini, self.file, self.record = (user.home / name for name in (INI, FILE, RECORD))
        self.tokens = user.runtime_dir / "ecr-refresher/tokens.json"
        user.run(["rm", "-rf", self.tokens.parent, ".aws", ".config", ".docker", ".local"])

    def run(self, program, *arguments):
        done = self.user.run([self.programs[program], *arguments], env=self.sim.environment(), timeout=90)
        print(done.stdout, done.stderr, sep="", end="")
        return done

    def serve(self):
        self.user.write(".aws/credentials", f"[default]\naws_access_key_id = {ACCESS_KEY_ID}\n"
                                            f"aws_secret_access_key = {SECRET_ACCESS_KEY}\n")
        self.user.write(INI, f"[user {self.user.name}]\nregistries = {REGISTRY}\n")
        assert self.run("ecr-refresher", "refresh").returncode == 0
        assert REGISTRY in self.file.read_text()

    def state(self):
        return [path.read_bytes() for path in (self.tokens, self.record, self.file)]


@pytest.fixture
def own(programs, sim, user):
    return Own(programs, sim, user)


@pytest.mark.parametrize("stage", STAGES, ids=" ".join)
def test_nothing_configured(own, stage):
    done = own.run(*stage)
    assert done.returncode == 0
    if stage[0] == "ecr-refresher":
        [line] = done.stderr.splitlines()
        assert "nothing configured" in line and f"{own.ini} does not exist; create it" in line
        assert "man ecr-refresher.ini" in line
        assert "entries" not in line
    assert own.sim.state()["connections"] == 0
    assert not own.record.parent.exists() and not own.file.exists()


def test_check_and_status(own):
    """For a user without an ini, check covers only the pulls."""
    assert "ini-invalid" not in own.run("ecr-refresher", "check").stdout
    done = own.run("ecr-refresher", "status")
    assert done.returncode == 0 and f"no {own.ini}" in done.stdout


@pytest.mark.parametrize("stage", STAGES, ids=" ".join)
def test_written_entries_stay(own, stage):
    """An editor or an upgrade may remove the ini for a moment, in which the path unit runs."""
    own.serve()
    before = own.state()
    own.ini.unlink()
    done = own.run(*stage)
    assert done.returncode == 0
    if stage[0] == "ecr-refresher":
        assert "entries written earlier stay" in done.stderr
    assert own.state() == before
    status = own.run("ecr-refresher", "status").stdout
    assert f"{own.file}" in status and f"{own.ini} does not exist; create it" in status


def test_entries_are_removed_by_an_empty_ini(own):
    own.serve()
    own.ini.unlink()
    own.run("ecr-refresher", "refresh")
    own.user.write(INI, "")
    assert own.run("ecr-refresher", "refresh").returncode == 0
    assert REGISTRY not in own.file.read_text()
    assert json.loads(own.tokens.read_text())["tokens"] == []


def test_logout_needs_no_ini(own):
    own.serve()
    own.ini.unlink()
    own.run("ecr-refresher", "refresh")
    assert own.run("ecr-refresher", "logout").returncode == 0
    assert REGISTRY not in own.file.read_text()


def link_to_nowhere(own):
    own.ini.symlink_to("managed.ini")
    return "symbolic link to a file that does not exist"


def unreadable(own):
    own.user.write(INI, "", mode=0)
    return "Permission denied"


@pytest.mark.parametrize("stage", STAGES, ids=" ".join)
@pytest.mark.parametrize("make", [link_to_nowhere, unreadable])
def test_unreadable_ini_is_an_error(own, make, stage):
    own.serve()
    before = own.state()
    own.ini.unlink()
    cause = make(own)
    done = own.run(*stage)
    assert done.returncode == 78
    assert f"{own.ini}: cannot be read: " in done.stderr and cause in done.stderr
    assert own.state() == before
    assert own.run("ecr-refresher", "check").returncode == 78
    assert own.run("ecr-refresher", "status").returncode == 78


@pytest.mark.parametrize("stage", STAGES, ids=" ".join)
def test_named_ini_must_exist(own, stage):
    done = own.run(*stage, "--config", "nowhere.ini")
    assert done.returncode == 78
    assert "nowhere.ini: cannot be read: " in done.stderr and "--config" in done.stderr


def test_named_user_must_be_configured(own):
    done = own.run("ecr-refresher", "refresh", "--user", own.user.name)
    assert done.returncode == 2
    assert f"no [user {own.user.name}]" in done.stderr and f"{own.ini} does not exist" in done.stderr


def test_pull_needs_no_ini(own):
    done = own.run("ecr-refresher", "credential-helper", "list")
    assert done.returncode == 0 and json.loads(done.stdout) == {}


def test_host_service(host, alice):
    host.tokens(token("eu-central-1", "first"))
    host.configure(f"[user {alice.name}]\nregistries = {REGISTRY}\n")
    host.ok("write")
    record = host.record
    done = host.run("refresh", user=alice)
    assert done.returncode == 0
    assert "the host's service serves you" in done.stderr and "create" not in done.stderr

    done = host.run("write", config=False)
    assert done.returncode == 0
    assert "/etc/ecr-refresher.ini does not exist; create it" in done.stderr
    assert host.record == record
    assert REGISTRY in (alice.home / FILE).read_text()
    assert host.status(alice)["files"][0]["state"] == "fresh"
    done = host.run("status", config=False)
    assert done.returncode == 0
    assert "Nothing configured" in done.stdout
    assert "/etc/ecr-refresher.ini does not exist; create it" in done.stdout
    done = host.run("check", config=False)
    assert "nothing is configured" in done.stdout and "does not exist; create it" in done.stdout
    assert "entries written earlier stay" in done.stdout
    assert "ini-invalid" not in done.stdout
