#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the simulator of an API server: `simulator.py --help`. Prints "ready" when it listens, exits
on SIGTERM."""

import argparse
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from kube import control, server, world  # noqa: E402
from lib.ca import CA  # noqa: E402
from lib.control import address, run  # noqa: E402


def main():
    options = _parse_arguments()
    the_world = world.World()
    ca = CA(options.ca_dir)
    server.serve(the_world, options.listen, ca.issue(*options.name), ca.bundle)
    run(options.control, the_world, control.ACTIONS)


def _parse_arguments():
    parser = argparse.ArgumentParser(description="Simulates an API server of Kubernetes.")
    parser.add_argument("--listen", metavar="ADDRESS:PORT", type=address, required=True)
    parser.add_argument("--name", action="append", required=True,
                        help="a name in its certificate; can be given several times")
    parser.add_argument("--ca-dir", metavar="DIR", required=True,
                        help="directory of its CA, which is created if it does not exist")
    parser.add_argument("--control", metavar="SOCKET", required=True, help="its control socket")
    return parser.parse_args()


if __name__ == "__main__":
    main()
