# SPDX-License-Identifier: Apache-2.0
"""Typing errors: exit status 2, and a suggestion."""

import subprocess

import pytest

from lib.patience import patience

SUGGESTIONS = [
    (["refesh"], "did you mean 'refresh'?"),
    (["stat"], "did you mean 'status'?"),
    (["get-login-pasword", "h"], "did you mean 'get-login-password'?"),
    (["check", "--onlin e"], "did you mean '--online'?"),
    (["refresh", "--usr", "alice"], "did you mean '--user'?"),
    (["refresh", "--dryrun=x"], "did you mean '--dry-run'?"),
    (["--versoin"], "did you mean '--version'?"),
]
NO_SUGGESTIONS = [["reboot"], [""], ["x" * 5000], ["check", "--quick"], ["check", "-x"],
                  ["check", "--" + "online" * 1000], ["refresh", "--user"], ["check", "--ver=x"]]


def run(program, arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True,
                          timeout=patience(60))
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize("arguments, suggestion", SUGGESTIONS, ids=lambda value: None)
def test_suggestion(refresher_program, arguments, suggestion):
    assert suggestion in run(refresher_program, arguments)


@pytest.mark.parametrize("arguments", NO_SUGGESTIONS, ids=lambda arguments: arguments[0][:8])
def test_no_suggestion(refresher_program, arguments):
    assert "did you mean" not in run(refresher_program, arguments)


def test_user_of_the_ini(refresher_program, tmp_path):
    ini = tmp_path / "the.ini"
    ini.write_text("[user alice]\nregistries = public.ecr.aws\n"
                   "[user bob]\nregistries = public.ecr.aws\n")
    typed = ["refresh", "--dry-run", "--config", ini, "--user"]
    assert f"{ini} has no [user alcie]; did you mean alice" in run(refresher_program,
                                                                  [*typed, "alcie"])
    assert "did you mean" not in run(refresher_program, [*typed, "carol"])


def test_ini(refresher_program, tmp_path):
    ini = tmp_path / "the.ini"
    ini.write_text("[users alice]\nregistries = auto\n[aws]\nregoin = eu-central-1\nfoo = bar\n")
    done = subprocess.run([refresher_program, "status", "--config", ini], capture_output=True,
                          text=True, timeout=patience(60))
    assert done.returncode == 78
    first, second, third = done.stderr.splitlines()
    assert first.endswith(f"{ini}:1: unknown section 'users'; did you mean [user NAME]?")
    assert second.endswith(f"{ini}:4: unknown key 'regoin' in [aws]; did you mean 'region'?")
    assert f"{ini}:5: unknown key 'foo' in [aws]; expected one of region, profile," in third
