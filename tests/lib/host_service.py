# SPDX-License-Identifier: Apache-2.0
"""The host's service without changes to this machine: /run and /var/lib are directories of the
test, and the test writes the tokens instead of ecr-fetch.

    with HostService(program) as host:
        host.configure("[user alice]\\nregistries = …\\n")
        host.tokens(token("eu-central-1"))
        host.run("write")
        host.run("status", user=account)
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from lib.patience import is_ready, patience

HOUR = 3600

SHELL = """
set -e
mount --bind "$1/lib" /var/lib
mount --bind "$1/run" /run
echo ready
exec sleep infinity
"""


class HostService:
    """directory; lib and run, which are /var/lib and /run for the program"""

    def __init__(self, program):
        self.program = program
        self.directory = Path(tempfile.mkdtemp(prefix="ecr-test-host-"))
        self.directory.chmod(0o755)
        self.lib, self.run_directory = self.directory / "lib", self.directory / "run"
        self.state = self.lib / "ecr-refresher"
        self.ini = self.directory / "ecr-refresher.ini"
        for path in (self.lib, self.run_directory, self.state):
            path.mkdir(mode=0o755)
        (self.state / "written").mkdir(mode=0o700)
        (self.run_directory / "ecr-refresher").mkdir(mode=0o700)
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", SHELL, "sh",
             self.directory], stdout=subprocess.PIPE, text=True)
        if not is_ready(self._holder):
            self.close()
            raise RuntimeError("unshare made no mount namespace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._holder.kill()
        self._holder.wait()
        self._holder.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def configure(self, text):
        self.ini.write_text(text)
        self.ini.chmod(0o644)

    def tokens(self, *tokens):
        path = self.run_directory / "ecr-refresher/tokens.json"
        path.write_text(json.dumps({"version": 1, "tokens": tokens}))
        path.chmod(0o600)

    def command(self, argv, user=None):
        """Returns the argv that runs argv in the mount namespace; user is an Account."""
        prefix = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--"]
        if user:
            prefix += ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups",
                       "--inh-caps=-all", "--"]
        return prefix + [os.fspath(word) for word in argv]

    def run(self, *arguments, user=None, env=None, config=True, under=()):
        """Runs ecr-refresher as root with the host's ini, or as an Account with its own ini, if
        any; under is the argv of a program that runs it."""
        base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
        if user:
            base = user.environment()
        option = [] if user or not config else ["--config", self.ini]
        done = subprocess.run(self.command([*under, self.program, *option, *arguments], user),
                              env={**base, **(env or {})}, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=patience(60))
        print(done.stdout, done.stderr, sep="", end="")  # pytest shows it if the test fails
        return done

    def ok(self, *arguments, **kwargs):
        done = self.run(*arguments, **kwargs)
        assert done.returncode == 0, done.stderr
        return done

    def status(self, user=None):
        return json.loads(self.run("status", "--json", user=user).stdout)

    @property
    def record(self):
        return json.loads((self.state / "written/written.json").read_text())


def timestamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def authorization(secret="first"):
    """Returns an authorizationToken as ECR issues it."""
    return base64.b64encode(f"AWS:{secret}".encode()).decode()


def token(region="eu-central-1", secret="first", age=HOUR, life=12 * HOUR, identity="",
          failure=None):
    """Returns a member of tokens.json. failure: (code, text)"""
    now = time.time()
    made = {"identity": identity, "service": "ecr", "partition": "aws", "region": region}
    if secret:
        made.update(authorization=authorization(secret), fetched_at=timestamp(now - age),
                    expires_at=timestamp(now - age + life), principal="AKIAIOSFODNN7EXAMPLE",
                    provider="environment")
    if failure:
        made["failure"] = {"at": timestamp(now), "since": timestamp(now - HOUR),
                           "code": failure[0], "text": failure[1]}
    return made
