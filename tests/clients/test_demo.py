# SPDX-License-Identifier: Apache-2.0
"""tests/demo works as documented, prints no token, and leaves the machine as it was."""

import json
import os
import pwd
import re
import subprocess
from pathlib import Path

import pytest

from clients.conftest import PRIVATE
from lib.patience import patience
from lib.programs import SOURCE

DEMO = SOURCE / "tests" / "demo"
PLAIN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
OWN_ACCOUNTS = re.compile(r"ecr-demo-\d+|ecr-refresher$")


def machine():
    """What the demo might leave behind."""
    return {
        "accounts": {entry.pw_name for entry in pwd.getpwall()
                     if OWN_ACCOUNTS.match(entry.pw_name)},
        "namespaces": set(Path("/run/netns").glob("ecr-test-stage-*")),
        "files": {*Path("/var/tmp").glob("ecr-demo.*"),
                  *Path("/tmp").glob("ecr-test-stage-*"),
                  *Path("/usr/sbin").glob("policy-rc.d")},
        "service": [Path(path).exists() for path in ("/run/ecr-refresher", "/var/lib/ecr-refresher")],
        "mounts": "ecr-demo." in Path("/proc/self/mountinfo").read_text(),
    }


@pytest.fixture
def untouched():
    before = machine()
    yield
    assert machine() == before


def written(output):
    """The config.json in the output, with a shortened token."""
    text = re.search(r"^\{$.*?^\}$", output, re.MULTILINE | re.DOTALL)
    return json.loads(text[0] if text else re.search(r"^\{.*\}$", output, re.MULTILINE)[0])


def check_output(done):
    assert done.returncode == 0, done.stdout
    assert not re.search(r"[A-Za-z0-9+/=]{100}", done.stdout), "a token is in the output"
    assert len(written(done.stdout)["auths"][PRIVATE]["auth"]) == 13
    assert re.search(r"^-rw------- 1 (ecr-demo-\d+) \1 .* config.json$", done.stdout, re.MULTILINE)


def run(command, env):
    return subprocess.run(command, env={**PLAIN, **env}, text=True, timeout=patience(600),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def test_demo_builds_and_pulls(untouched):
    done = run([DEMO], {})
    check_output(done)
    refused = done.stdout.index("authentication required")
    assert refused < done.stdout.index("Storing signatures")
    assert "Done: the registry was opened" in done.stdout


def test_demo_against_aws(untouched, world, programs):
    """The simulator, under the names of AWS and on port 443, acts as the real one."""
    bundle = str(world.simulator.ca.bundle)
    env = world.simulator.environment(AWS_REGION="eu-central-1", CURL_CA_BUNDLE=bundle,
                                      ECR_REFRESHER_PREFIX=str(programs))
    done = run(world.netns.command([DEMO, "--aws"]), env)
    check_output(done)
    assert f"curl https://{PRIVATE}/v2/\nHTTP 200\n" in done.stdout


@pytest.mark.parametrize("missing", ["AWS_SECRET_ACCESS_KEY", "AWS_REGION"])
def test_demo_against_aws_names_what_is_missing(untouched, missing):
    env = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
           "AWS_REGION": "eu-central-1"}
    del env[missing]
    done = run([DEMO, "--aws"], env)
    assert done.returncode == 1
    assert missing in done.stdout


def test_demo_cleans_up_after_sigterm(untouched, programs):
    env = {**PLAIN, "ECR_REFRESHER_PREFIX": str(programs)}
    demo = subprocess.Popen([DEMO], env=env, text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in demo.stdout:
        if "Making a user" in line:
            break
    os.kill(demo.pid, 15)
    rest = demo.stdout.read()
    assert demo.wait(patience(30)) == 130, rest
    assert "Cleaning up" in rest
