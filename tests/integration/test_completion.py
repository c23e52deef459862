# SPDX-License-Identifier: Apache-2.0
"""The completion for bash: its function, and the Tab key on a terminal."""

import os
import pty
import re
import select
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from lib.patience import patience

SOURCE = Path(__file__).resolve().parent.parent.parent

INI = """; [user nobody]
[refresh]
renew_at = 50%
[user root]
registries = auto
[user alice]
registries = 123456789012.dkr.ecr.eu-central-1.amazonaws.com public.ecr.aws ; comment.example.com
        https://210987654321.dkr.ecr.us-east-1.amazonaws.com
files = ~/.docker/config.json
[registry ecr.example.com]
region = eu-central-1
aws = prod
[aws prod]
profile = $(touch /tmp/pwned)
[aws $(id)]
"""


@pytest.fixture
def place(tmp_path, refresher_program):
    """A home directory, an /etc and a PATH with the program."""
    for name in ("etc", "home/.config", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bin/ecr-refresher").symlink_to(refresher_program)
    (tmp_path / "etc/ecr-refresher.ini").write_text(INI)
    script = (SOURCE / "etc/bash-completion/ecr-refresher.in").read_text()
    (tmp_path / "completion").write_text(script.replace("@sysconfdir@", str(tmp_path / "etc")))
    return tmp_path


def environment(place):
    return {"PATH": f"{place}/bin:/usr/bin:/bin", "HOME": str(place / "home"), "TERM": "dumb",
            "LC_ALL": "C.UTF-8", "PS1": "> ", "INPUTRC": "/dev/null"}


@pytest.fixture
def complete(place):
    """The completions of a line, the cursor at its end."""
    def run(line):
        # bash breaks words at blanks and "=" here.
        words = re.findall(r"=|[^\s=]+", line) + ([""] if line[-1] in " " else [])
        script = (f"source {place}/completion\nCOMP_WORDS=({shlex.join(words)})\n"
                  f"COMP_CWORD={len(words) - 1}\n_ecr_refresher ecr-refresher\n"
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-uc", script], env=environment(place),
                              cwd=place, capture_output=True, text=True, timeout=patience(20))
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.split()
    return run


def help_of(program, *command):
    return subprocess.run([program, *command, "--help"], capture_output=True, text=True,
                          check=True).stdout


def test_commands(complete, refresher_program):
    """Exactly the commands of --help."""
    found = complete("ecr-refresher ")
    assert {"refresh", "write", "status", "check", "logout", "export-credentials"} <= set(found)
    assert found == sorted(set(found))
    for command in found:
        assert subprocess.run([refresher_program, command, "--help"], capture_output=True,
                              stdin=subprocess.DEVNULL).returncode == 0
    assert complete("ecr-refresher st") == ["status"]
    assert complete("ecr-refresher --config x --verbose ref") == ["refresh"]
    assert complete("ecr-refresher nonsen") == []


def test_options(complete):
    assert complete("ecr-refresher --") == ["--config", "--help", "--verbose", "--version"]
    assert complete("ecr-refresher status --") == ["--config", "--help", "--json", "--verbose"]
    assert complete("ecr-refresher refresh --dry") == ["--dry-run"]
    assert {"--user", "--force", "--dry-run"} <= set(complete("ecr-refresher refresh -"))


def test_names_of_the_ini(complete):
    assert complete("ecr-refresher refresh --user ") == ["alice", "root"]
    assert complete("ecr-refresher refresh --user=") == ["alice", "root"]
    assert complete("ecr-refresher refresh --user=a") == ["alice"]
    assert complete("ecr-refresher logout --user root --user a") == ["alice"]
    hosts = ["123456789012.dkr.ecr.eu-central-1.amazonaws.com",
             "210987654321.dkr.ecr.us-east-1.amazonaws.com", "ecr.example.com", "public.ecr.aws"]
    assert complete("ecr-refresher logout ") == hosts
    assert complete("ecr-refresher logout --user alice 2") == hosts[1:2]
    assert complete("ecr-refresher get-login-password p") == ["public.ecr.aws"]
    assert complete("ecr-refresher status ") == []


def test_text_of_the_ini_is_not_executed(complete):
    assert complete("ecr-refresher export-credentials ") == ["$(id)", "prod"]
    assert complete("ecr-refresher export-credentials p") == ["prod"]
    assert not Path("/tmp/pwned").exists()


def test_which_ini(complete, place):
    """The host's and the user's; with --config only that one."""
    (place / "home/.config/ecr-refresher.ini").write_text("[user carol]\n")
    (place / "other.ini").write_text("[user dave]\n")
    assert complete("ecr-refresher refresh --user ") == ["alice", "carol", "root"]
    for option in ("--config other.ini", "--config=other.ini", f"--config {place}/other.ini"):
        assert complete(f"ecr-refresher {option} refresh --user ") == ["dave"]
    assert complete("ecr-refresher --config missing.ini refresh --user ") == []
    assert complete("ecr-refresher --config oth") == ["other.ini"]


def test_tab_on_a_terminal(place):
    """The Tab key, in an interactive bash."""
    master, slave = pty.openpty()
    shell = subprocess.Popen(["bash", "--norc", "-i"], env=environment(place), cwd=place,
                             stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)

    def expect(text, seconds=20):
        shown, deadline = "", time.monotonic() + patience(seconds)
        while text not in shown:
            ready, _, _ = select.select([master], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} is not in {shown!r}"
            shown += os.read(master, 4096).decode()
    try:
        expect("> ")
        os.write(master, f"source {place}/completion; echo rea''dy\n".encode())
        expect("ready")
        os.write(master, b"ecr-refresher log\t")
        expect("ecr-refresher logout ")
        os.write(master, b"--us\t")
        expect("--user ")
        os.write(master, b"al\t")
        expect("alice ")
        os.write(master, b"pub\t")
        expect("public.ecr.aws ")
    finally:
        shell.kill()
        shell.wait()
        os.close(master)


def test_syntax(place):
    subprocess.run(["bash", "-n", place / "completion"], check=True)
