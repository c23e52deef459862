# SPDX-License-Identifier: Apache-2.0
"""The recipes of README's "How people meet it" that need a whole host: their commands are typed, and
Debian's docker CLI pulls as the account that they are for."""

import base64
import json
import re

import pytest

from host.box import CREDENTIALS, REGISTRY, Box, digest, ini, let_in
from lib import readme
from lib.netns import NetNS
from lib.registry import IMAGE, Registry, missing_packages
from lib.simulator import Simulator

METADATA = "169.254.169.254"
PULL = ["docker", "manifest", "inspect", f"{REGISTRY}/{IMAGE}"]

# account: its home, as its package creates it
AGENTS = {"jenkins": "/var/lib/jenkins", "buildkite-agent": "/var/lib/buildkite-agent",
          "gitlab-runner": "/home/gitlab-runner"}

K3S = "/var/lib/rancher/credentialprovider"


def pull_as(box, user):
    """Pulls as a job of the agent's service does: no login, no runtime directory."""
    return box.run(["systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"--uid={user}",
                    *PULL], check=False)


@pytest.fixture
def agents(box):
    for user, home in AGENTS.items():
        box.run(["useradd", "--system", "--create-home", "--home-dir", home, "--shell", "/bin/bash",
                 "--skel", "/nonexistent", user])
    return list(AGENTS)


def test_agents_of_one_host(htpasswd, box, agents, simulator):
    refused = pull_as(box, "jenkins")
    assert refused.returncode != 0 and re.search("no basic auth|unauthorized", refused.stderr)
    box.configure(ini(*agents))
    box.enable()
    for user, home in AGENTS.items():
        auth = box.wait_for_entry(f"{home}/.docker/config.json")
        assert box.stat(f"{home}/.docker") == (user, user, "700", "directory")
        assert box.stat(f"{home}/.docker/config.json") == (user, user, "600", "regular file")
    let_in(htpasswd, auth)

    for user in agents * 3:
        pulled = pull_as(box, user)
        assert pulled.returncode == 0 and "layers" in pulled.stdout, pulled.stderr
    assert simulator.state()["requests"] == 1


@pytest.fixture
def ec2(release, layer):
    """A box with a metadata service, and a registry that accepts the latest token."""
    if missing_packages():
        pytest.skip(f"not here: {' '.join(missing_packages())}")
    with NetNS("ec2") as netns, Simulator(netns, local=[METADATA]) as simulator:
        htpasswd = simulator.directory / "htpasswd"
        with Registry(netns, simulator.ca, htpasswd, [REGISTRY]), \
                Box(release, netns=netns, layer=layer) as box:
            box.trust(simulator.ca.bundle)
            box.run(["rm", CREDENTIALS])
            yield box, simulator, htpasswd


def test_ec2_with_an_instance_role(ec2):
    box, simulator, htpasswd = ec2
    box.configure(readme.block("**EC2 with an instance role.**"))
    box.enable()
    auth = box.wait_for_entry("/root/.docker/config.json")
    assert [token["sha256"] for token in simulator.state()["issued"]] == [digest(auth)]
    let_in(htpasswd, auth)
    assert "layers" in box.output(PULL)


def test_k3s(box, simulator):
    """Both of its directories are filled, and the plugin that its kubelet finds answers; without k3s."""
    commands = readme.block("**k3s** has").strip().splitlines()
    for command in commands:
        box.run(command.removeprefix("sudo "))
    (name,) = [line.split(": ")[1] for line in box.read(f"{K3S}/config.yaml").splitlines()
               if line.startswith("  - name: ")]

    request = {"kind": "CredentialProviderRequest", "image": f"{REGISTRY}/{IMAGE}",
               "apiVersion": "credentialprovider.kubelet.k8s.io/v1"}
    box.configure(ini("root"))
    assert box.refresh() == 0
    output = box.run(["systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"{K3S}/bin/{name}"],
                     input=json.dumps(request)).stdout
    entry = json.loads(output)["auth"][REGISTRY]
    auth = base64.b64encode(f"{entry['username']}:{entry['password']}".encode()).decode()
    assert auth == box.entry("/root/.docker/config.json")
