#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the simulator of Rancher: `simulator.py --help`. Prints "ready" when it listens, exits on
SIGTERM."""

import argparse
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from lib.ca import CA  # noqa: E402
from lib.control import address, run  # noqa: E402
from rancher import control, server, world  # noqa: E402


def main():
    options = _parse_arguments()
    the_world = world.World()
    for one in options.listen:
        server.serve(the_world, one, CA(options.ca_dir).issue(*options.name))
    for one in options.listen_http:
        server.serve(the_world, one)
    run(options.control, the_world, control.ACTIONS)


def _parse_arguments():
    parser = argparse.ArgumentParser(
        description="Simulates the registry credentials of Rancher 1.x and 2.x.",
        epilog="How to make it fail, and what it counts: control.py and faults.py beside it.")
    parser.add_argument("--listen", metavar="ADDRESS:PORT", type=address, action="append",
                        default=[], help="listen with HTTPS")
    parser.add_argument("--listen-http", metavar="ADDRESS:PORT", type=address, action="append",
                        default=[], help="listen with HTTP")
    parser.add_argument("--name", action="append", default=[],
                        help="a name in its certificate; can be given several times")
    parser.add_argument("--ca-dir", metavar="DIR",
                        help="directory of its CA, which is created if it does not exist")
    parser.add_argument("--control", metavar="SOCKET", required=True, help="its control socket")
    options = parser.parse_args()
    if options.listen and not (options.ca_dir and options.name):
        parser.error("--listen needs --ca-dir and --name")
    return options


if __name__ == "__main__":
    main()
