# SPDX-License-Identifier: Apache-2.0
"""`aws sso login` of the real AWS CLI, as in the README: on a server without a browser, for the
user of the service; then ecr-fetch with the resulting files."""

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
LIMIT = patience(60)  # seconds for the CLI's next output

PROFILE = (f"region = {REGION}\nsso_session = work\nsso_account_id = {ACCOUNT}\n"
           "sso_role_name = Pull images\n")
SCOPES = "sso_registration_scopes = sso:account:access\n"
SESSION = f"[sso-session work]\nsso_region = eu-west-1\nsso_start_url = {START_URL}\n"

pytestmark = pytest.mark.skipif(not shutil.which("aws", path="/usr/bin"),
                                reason="awscli is not installed (apt install awscli)")


class Typist:
    """Types `aws sso login` as the user, with the environment of `sudo -H`. No run of ours may show
    the secrets that the CLI receives.
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
        """Types it; returns the process, and the code that it shows."""
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
        """The login, and approval in the browser."""
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
        """Returns the files of the login."""
        return sorted((self.user.home / ".aws/sso/cache").glob("*.json"))


@functools.cache
def options():
    """Since 2.22 the CLI requires a browser that reaches 127.0.0.1 of the server unless this option
    is given; older versions do not know it."""
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
def typist(fetch, sim):
    return Typist(fetch, sim)


def hosts(sim):
    return sim.state()["by_host"]


@pytest.mark.parametrize("profile, arguments, more", [
    ("[default]", [], ""),
    ("[profile dev]", ["--profile", "dev"], "[aws]\nprofile = dev\n"),
    ("[profile dev]", ["--sso-session", "work"], "[aws]\nprofile = dev\n"),
], ids=["default", "profile", "session"])
def test_login(typist, sim, profile, arguments, more):
    typist.configure(f"{profile}\n{PROFILE}{SESSION}{SCOPES}", more)
    typist.logged_in(*arguments)
    assert f"\n{PAGE}\n" in typist.shown
    assert set(hosts(sim)) == {OIDC}
    result = typist.run()
    assert result.code == 0, result.log
    assert typist.fetch.token["provider"] == "sso"
    assert hosts(sim)[PORTAL] == 1
    assert sim.state()["issued"][-1]["principal"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Pull images/session")


def test_command_in_our_message(typist, sim):
    """The command in ecr-fetch's message works."""
    typist.configure(f"[default]\n{PROFILE}{SESSION}{SCOPES}")
    result = typist.run()
    assert result.code == 1
    words = re.search(r'"aws sso login([^"]*)" as the user ' + typist.user.name, result.log)
    typist.logged_in(*words[1].split())
    assert typist.run("--force").code == 0


def test_before_approval_and_after_denial(typist, sim):
    """Until the user approves, there is no session."""
    typist.configure(f"[default]\n{PROFILE}{SESSION}{SCOPES}")
    with typist.login() as (child, code):
        assert child.poll() is None
        assert typist.run().logged("no session exists", "aws sso login")
        sim.service("sso-oidc", code=code)
        said, _ = child.communicate(timeout=LIMIT)
    assert child.returncode != 0
    assert b"AccessDeniedException" in said
    result = typist.run("--force")
    assert result.code == 1
    assert result.logged("no session exists", "aws sso login")
    assert set(hosts(sim)) == {OIDC}


def test_we_renew_the_login(typist, sim):
    """Hours later: its refresh token works for us."""
    typist.configure(f"[default]\n{PROFILE}{SESSION}{SCOPES}")
    typist.logged_in()
    [file] = [path for path in typist.cache if "accessToken" in path.read_text()]
    expire(typist, file)
    before = hosts(sim)[OIDC]
    result = typist.run()
    assert result.code == 0, result.log
    assert hosts(sim)[OIDC] == before + 1
    assert "renewedAccessToken" in file.read_text()


def test_login_without_scope(typist, sim):
    """AWS issues no refresh token without sso_registration_scopes: a new login is needed."""
    typist.configure(f"[default]\n{PROFILE}{SESSION}")
    typist.logged_in()
    assert typist.run().code == 0
    [file] = [path for path in typist.cache if "accessToken" in path.read_text()]
    expire(typist, file)
    result = typist.run("--force")
    assert result.code == 1
    assert result.logged("expired", "aws sso login")
    typist.logged_in()
    assert typist.run("--force").code == 0


def expire(typist, file):
    """Makes the file's session expired, in the CLI's time format."""
    text = file.read_text()
    time_of = re.search(r'"expiresAt": "([^"]+)"', text)[1]
    assert seconds(time_of) > time.time()
    typist.fetch.aws_file(file.relative_to(typist.user.home / ".aws"),
                          text.replace(f'"expiresAt": "{time_of}"',
                                       '"expiresAt": "2020-01-01T00:00:00Z"'))
