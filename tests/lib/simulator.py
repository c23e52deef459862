# SPDX-License-Identifier: Apache-2.0
"""The AWS simulator (tests/aws) as a fixture: started in a NetNS, controlled over its socket.

    with NetNS() as net, Simulator(net) as sim:
        net.run(["aws", "ecr", "get-login-password"], env=sim.environment())
        assert sim.state()["requests"] == 1
        sim.fault("status", status=503, region="eu-central-1", count=2)
        sim.reset()
"""

from pathlib import Path

from aws import services
from aws.hosts import REGIONS, api_hosts
from lib.ca import CA
from lib.control import Simulation
from lib.netns import DEFAULT_ADDRESS

PROGRAM = Path(__file__).resolve().parent.parent / "aws" / "simulator.py"

ACCOUNT = "123456789012"
# The key pair in the examples of the AWS documentation.
ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
DEFAULT_KEY = {"id": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY, "account": ACCOUNT}


class Simulator(Simulation):
    """A running simulator.

    address    its address in the namespace: port 443, and http_port without TLS if given
    ca         its lib.ca.CA; ca.bundle is world-readable
    directory  for the CA and the control socket; a temporary one unless given
    local      link-local addresses of metadata services (169.254.169.254 …), where it listens on
               port 80
    htpasswd   a file for the password of the latest token (or "SERVICE/REGION=FILE"; or several)
    """

    def __init__(self, netns, address=DEFAULT_ADDRESS, port=443, http_port=None, keys=None,
                 local=(), htpasswd=(), directory=None):
        super().__init__(netns, directory)
        self.address = address
        self.http_port = http_port
        self.local = local
        for one in local:
            netns.add_address(one)
        self.ca = CA(self.directory / "ca")
        for region in REGIONS:
            self.add_region(region)
        self._listen(port, [htpasswd] if isinstance(htpasswd, str) else htpasswd)
        self.keys(keys or [DEFAULT_KEY], keep=True)

    def add_region(self, region):
        """Makes the API hosts of a region resolve to the simulator; the region need not exist."""
        self.netns.add_hosts(self.address, *api_hosts(region), *services.api_hosts(region))

    def environment(self, **more):
        """Returns environment variables for an AWS client with DEFAULT_KEY."""
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_CA_BUNDLE": str(self.ca.bundle),
            **more,
        }

    def state(self):
        """Returns its counters: see World.snapshot() in tests/aws/world.py."""
        return self.call("GET", "/state")

    def reset(self):
        """Resets counters, faults, clock, the life of tokens (12 h) and the keys."""
        self.call("POST", "/reset", {})

    def fault(self, kind, **fields):
        """Adds a fault after the existing ones; tests/aws/faults.py has the kinds.
        Fields: service, region, host (matchers), count (how often; unlimited by default)."""
        self.call("POST", "/faults", [{"kind": kind, **fields}])

    def clear_faults(self):
        self.call("DELETE", "/faults")

    def clock(self, seconds):
        """Sets its clock that far ahead of ours, or behind if negative."""
        self.call("POST", "/clock", {"seconds": seconds})

    def life(self, seconds):
        """Sets the life of tokens issued from now on."""
        self.call("POST", "/life", {"seconds": seconds})

    def keys(self, keys, keep=False):
        """Sets its access keys: dicts with id, secret, account and optionally token, name,
        allow (a list of actions), expires (seconds since 1970). keep: also after reset."""
        self.call("POST", "/keys", {"keys": keys, "keep": keep})

    def service(self, name, **settings):
        """Configures a service until the next reset: see tests/aws/services/NAME.py."""
        self.call("POST", f"/services/{name}", settings)

    def _listen(self, port, htpasswd):
        argv = [PROGRAM, "--listen", f"{_bracket(self.address)}:{port}",
                "--ca-dir", self.ca.directory]
        if self.http_port:
            argv += ["--listen-http", f"{_bracket(self.address)}:{self.http_port}"]
        for one in self.local:
            argv += ["--listen-http", f"{_bracket(one)}:80"]
        for file in htpasswd:
            argv += ["--htpasswd", file]
        self.start(*argv)


def _bracket(address):
    return f"[{address}]" if ":" in address else address
