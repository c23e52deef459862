#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""AWS and a registry on this machine, for a shell: a network namespace with the AWS simulator and
a real registry under ECR's names.

Prints NAME=VALUE lines that a shell can eval, then "ready"; removes everything when its standard
input ends or on SIGTERM. In between, try anything:

    $ sudo tests/lib/stage.py
    netns=… registry=… ca=…
    $ sudo ip netns exec "$netns" env AWS_CA_BUNDLE="$ca" …
"""

import shlex
import signal
import sys
import tempfile
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from lib.netns import NetNS  # noqa: E402
from lib.registry import Registry  # noqa: E402
from lib.simulator import ACCESS_KEY_ID, ACCOUNT, SECRET_ACCESS_KEY, Simulator  # noqa: E402

REGION = "eu-central-1"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the shell, which then closes our input
    with tempfile.TemporaryDirectory(prefix="ecr-test-stage-") as directory, NetNS("stage") as net:
        htpasswd = Path(directory, "htpasswd")
        with Simulator(net, htpasswd=f"ecr/{REGION}={htpasswd}") as simulator:
            with Registry(net, simulator.ca, htpasswd, [HOST]):
                _print_values(
                    netns=net.name, registry=HOST, region=REGION, ca=simulator.ca.bundle,
                    access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET_ACCESS_KEY,
                )
                sys.stdin.read()


def _print_values(**values):
    for name, value in values.items():
        print(f"{name}={shlex.quote(str(value))}")
    print("ready", flush=True)


if __name__ == "__main__":
    main()
