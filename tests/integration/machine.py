# SPDX-License-Identifier: Apache-2.0
"""What the tests of the services beside a machine have in common."""

from lib.patience import patience
from lib.simulator import ACCOUNT

REGION = "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

# The simulator's environment has keys; a machine with a role has none.
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


def requests(sim, service=None):
    """"METHOD TARGET" of the requests so far, in order."""
    return [f"{entry['method']} {entry['target']}" for entry in sim.state()["last"]
            if service in (None, entry["service"])]


def ecr_keys(sim):
    """The access key ids that ECR was asked with, in order."""
    return [entry["access_key_id"] for entry in sim.state()["last"] if entry["service"] == "ecr"]


def aws_cli(fetch, env):
    """Debian's AWS CLI with the same environment and files asks ECR for a token."""
    env = fetch.environment({**NO_KEYS, "AWS_DEFAULT_REGION": REGION, **env})
    return fetch.user.run(["/usr/bin/aws", "ecr", "get-login-password"], env=env,
                          timeout=patience(60))


def same_principal_as_cli(fetch, sim, env):
    """Runs both and compares the key that ECR saw."""
    fetch.configure(REGISTRY)
    fetch.ok(env={**NO_KEYS, **env})
    done = aws_cli(fetch, env)
    assert done.returncode == 0, done.stderr
    ours, theirs = ecr_keys(sim)
    assert ours.startswith("A") and ours == theirs
