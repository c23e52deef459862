# SPDX-License-Identifier: Apache-2.0
"""cron jobs have no $XDG_RUNTIME_DIR. podman and buildah create their own; skopeo looks in
/run/containers/UID, although /run/containers may be accessible only to root."""

import shutil

import pytest

from clients.conftest import PRIVATE
from lib.patience import patience
from lib.registry import IMAGE

STORE = ["--root", "scratch/root", "--runroot", "scratch/runroot", "--storage-driver", "vfs"]
REFERENCE = f"{PRIVATE}/{IMAGE}"
CLIENTS = {
    "podman": ["podman", *STORE, "pull", REFERENCE],
    "buildah": ["buildah", *STORE, "pull", "--policy=always", REFERENCE],
    "skopeo": ["skopeo", "inspect", f"docker://{REFERENCE}"],
}
# $1: the uid; the rest is the command that it runs.
JOB = """
mount -t tmpfs tmpfs /run
mkdir -m 700 /run/containers
mkdir -p "/run/user/$1" && chown "$1:" "/run/user/$1" && chmod 700 "/run/user/$1"
uid=$1; shift
exec setpriv --reuid="$uid" --regid="$uid" --clear-groups -- "$@"
"""


@pytest.fixture
def job(world, user, refreshed):
    """Runs a client as a cron job of the user; lingering may be enabled."""
    def run(client, **env):
        where = user.environment(SSL_CERT_FILE=str(world.simulator.ca.bundle), **env)
        if "XDG_RUNTIME_DIR" not in env:
            del where["XDG_RUNTIME_DIR"]
        argv = ["unshare", "--mount", "sh", "-ec", JOB, "job", str(user.uid), *CLIENTS[client]]
        done = world.netns.run(argv, env=where, cwd=user.home, capture_output=True, text=True,
                               timeout=patience(60))
        print(done.stdout, done.stderr)
        return done
    yield run
    shutil.rmtree(user.home / "scratch", ignore_errors=True)


@pytest.mark.parametrize("client", ["podman", "buildah"])
def test_podman_and_buildah_find_the_entry(client, job):
    assert job(client).returncode == 0


def test_skopeo_needs_the_variable(job, user):
    refused = job("skopeo")
    assert refused.returncode != 0 and f"/run/containers/{user.uid}/auth.json" in refused.stderr
    assert job("skopeo", XDG_RUNTIME_DIR=f"/run/user/{user.uid}").returncode == 0
