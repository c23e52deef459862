# SPDX-License-Identifier: Apache-2.0
"""Shared by the tests of metadata services and of the credentials that they provide."""

from lib.patience import patience
from lib.simulator import ACCOUNT

REGION = "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

# Removes the keys in the simulator's environment, which a machine with a role lacks.
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


def requests(sim, service=None):
    """Returns "METHOD TARGET" of the requests so far, in order."""
    return [f"{entry['method']} {entry['target']}" for entry in sim.state()["last"]
            if service in (None, entry["service"])]


def ecr_keys(sim):
    """Returns the access key ids of the requests to ECR, in order."""
    return [entry["access_key_id"] for entry in sim.state()["last"] if entry["service"] == "ecr"]


def aws_cli(fetch, env):
    """Runs Debian's AWS CLI, which requests a token with the same environment and files."""
    env = fetch.environment({**NO_KEYS, "AWS_DEFAULT_REGION": REGION, **env})
    return fetch.user.run(["/usr/bin/aws", "ecr", "get-login-password"], env=env,
                          timeout=patience(60))


def same_principal_as_cli(fetch, sim, env):
    """Runs both, and checks that they used the same key."""
    fetch.configure(REGISTRY)
    fetch.ok(env={**NO_KEYS, **env})
    done = aws_cli(fetch, env)
    assert done.returncode == 0, done.stderr
    ours, theirs = ecr_keys(sim)
    assert ours.startswith("A") and ours == theirs
