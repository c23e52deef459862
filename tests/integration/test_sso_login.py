# SPDX-License-Identifier: Apache-2.0
"""`aws sso login` of the real AWS CLI, as README has it: by somebody at a server without a browser,
for the user of the service. And then ecr-fetch, with nothing but what that has left."""

import contextlib
import functools
import os
import re
import select
import shutil
import subprocess
import time

import pytest

from integration.conftest import seconds
from lib.netns import end
from lib.patience import patience
from lib.simulator import ACCOUNT

REGION = "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
API = f"api.ecr.{REGION}.amazonaws.com"
PORTAL = "portal.sso.eu-west-1.amazonaws.com"
OIDC = "oidc.eu-west-1.amazonaws.com"
PAGE = "https://device.sso.eu-west-1.amazonaws.com/"
START_URL = "https://d-abc123.awsapps.com/start"
ROLES = [[ACCOUNT, "Pull images"]]
LIMIT = patience(60)  # seconds for the CLI to say or do the next thing

PROFILE = (f"region = {REGION}\nsso_session = work\nsso_account_id = {ACCOUNT}\n"
           "sso_role_name = Pull images\n")
SCOPES = "sso_registration_scopes = sso:account:access\n"
SESSION = f"[sso-session work]\nsso_region = eu-west-1\nsso_start_url = {START_URL}\n"

pytestmark = pytest.mark.skipif(not shutil.which("aws", path="/usr/bin"),
                                reason="awscli is not installed (apt install awscli)")


class Person:
    """Somebody who types `aws sso login` as the user, with what `sudo -H` leaves of an environment.

    The secrets that the CLI is given then may not show in any run of ours.
    """

    def __init__(self, fetch, sim):
        self.fetch, self.sim, self.user = fetch, sim, fetch.user
        fetch.secrets |= {"firstAccessToken", "firstRefreshToken", "registeredSecret", "ssoSecret",
                          "ssoSessionToken", "renewedAccessToken", "renewedRefreshToken"}

    def configure(self, config, more=""):
        self.fetch.aws_file("config", config)
        self.fetch.configure(REGISTRY, more=more)

    @contextlib.contextmanager
    def login(self, *arguments):
        """Types it; gives the process, and the code that it shows."""
        child = self.sim.netns.popen(
            ["/usr/bin/aws", "sso", "login", *options(), *arguments],
            (self.user.uid, self.user.gid), cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": str(self.user.home), "USER": self.user.name, "LOGNAME": self.user.name,
                "LANG": "C.UTF-8", "TERM": "xterm", "AWS_CA_BUNDLE": str(self.sim.ca.bundle)})
        try:
            self.shown = read_until(child.stdout, r"\?user_code=\S+\n")
            yield child, re.search(r"^([A-Z]{4}-[A-Z]{4})$", self.shown, re.MULTILINE)[1]
        finally:
            end(child)
            child.stdout.close()

    def logged_in(self, *arguments):
        """It, and yes in the browser."""
        with self.login(*arguments) as (child, code):
            self.sim.service("sso-oidc", code=code, roles=ROLES)
            said, _ = child.communicate(timeout=LIMIT)
        assert child.returncode == 0, said
        assert f"Successfully logged into Start URL: {START_URL}" in said.decode()

    def run(self, *arguments):
        return self.fetch(*arguments, env={"AWS_ACCESS_KEY_ID": None,
                                           "AWS_SECRET_ACCESS_KEY": None})

    @property
    def cache(self):
        """The files of the login."""
        return sorted((self.user.home / ".aws/sso/cache").glob("*.json"))


@functools.cache
def options():
    """From 2.22 on, the CLI wants a browser that reaches 127.0.0.1 of the server, unless it is told
    otherwise; before, it does not know the word."""
    said = subprocess.check_output(["/usr/bin/aws", "--version"], text=True)
    version = tuple(map(int, re.match(r"aws-cli/(\d+)\.(\d+)", said).groups()))
    return ["--no-browser"] + (["--use-device-code"] if version >= (2, 22) else [])


def read_until(stream, pattern):
    text, deadline = "", time.monotonic() + LIMIT
    while not re.search(pattern, text):
        ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        data = os.read(stream.fileno(), 4096) if ready else b""
        assert data, f"the CLI shows no code: {text}"
        text += data.decode()
    return text


@pytest.fixture
def person(fetch, sim):
    return Person(fetch, sim)


def hosts(sim):
    return sim.state()["by_host"]


@pytest.mark.parametrize("profile, arguments, more", [
    ("[default]", [], ""),
    ("[profile dev]", ["--profile", "dev"], "[aws]\nprofile = dev\n"),
    ("[profile dev]", ["--sso-session", "work"], "[aws]\nprofile = dev\n"),
], ids=["default", "profile", "session"])
def test_login(person, sim, profile, arguments, more):
    person.configure(f"{profile}\n{PROFILE}{SESSION}{SCOPES}", more)
    person.logged_in(*arguments)
    assert f"\n{PAGE}\n" in person.shown
    assert set(hosts(sim)) == {OIDC}
    result = person.run()
    assert result.code == 0, result.log
    assert person.fetch.token["provider"] == "sso"
    assert hosts(sim)[PORTAL] == 1
    assert sim.state()["issued"][-1]["principal"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Pull images/session")


def test_command_of_our_own_message(person, sim):
    """What ecr-fetch tells somebody to type is what helps."""
    person.configure(f"[default]\n{PROFILE}{SESSION}{SCOPES}")
    result = person.run()
    assert result.code == 1
    words = re.search(r'"aws sso login([^"]*)" as the user ' + person.user.name, result.log)
    person.logged_in(*words[1].split())
    assert person.run("--force").code == 0


def test_before_the_answer_and_after_a_no(person, sim):
    """Until the user approves, there is no session."""
    person.configure(f"[default]\n{PROFILE}{SESSION}{SCOPES}")
    with person.login() as (child, code):
        assert child.poll() is None
        assert person.run().said("no session exists", "aws sso login")
        sim.service("sso-oidc", code=code)
        said, _ = child.communicate(timeout=LIMIT)
    assert child.returncode != 0
    assert b"AccessDeniedException" in said
    result = person.run("--force")
    assert result.code == 1
    assert result.said("no session exists", "aws sso login")
    assert set(hosts(sim)) == {OIDC}


def test_we_renew_the_login(person, sim):
    """Hours later: its refresh token is good for us."""
    person.configure(f"[default]\n{PROFILE}{SESSION}{SCOPES}")
    person.logged_in()
    [file] = [path for path in person.cache if "accessToken" in path.read_text()]
    expire(person, file)
    before = hosts(sim)[OIDC]
    result = person.run()
    assert result.code == 0, result.log
    assert hosts(sim)[OIDC] == before + 1
    assert "renewedAccessToken" in file.read_text()


def test_login_without_the_scope(person, sim):
    """AWS gives no refresh token without sso_registration_scopes: somebody has to come again."""
    person.configure(f"[default]\n{PROFILE}{SESSION}")
    person.logged_in()
    assert person.run().code == 0
    [file] = [path for path in person.cache if "accessToken" in path.read_text()]
    expire(person, file)
    result = person.run("--force")
    assert result.code == 1
    assert result.said("expired", "aws sso login")
    person.logged_in()
    assert person.run("--force").code == 0


def expire(person, file):
    """As the file is when the session has ended, in the form that the CLI gives the time."""
    text = file.read_text()
    time_of = re.search(r'"expiresAt": "([^"]+)"', text)[1]
    assert seconds(time_of) > time.time()
    person.fetch.aws_file(file.relative_to(person.user.home / ".aws"),
                          text.replace(f'"expiresAt": "{time_of}"',
                                       '"expiresAt": "2020-01-01T00:00:00Z"'))
