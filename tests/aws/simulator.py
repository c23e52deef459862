#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""AWS on this machine: `simulator.py --help`. Prints "ready" when it listens; exits on SIGTERM."""

import argparse
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from aws import control, server, world  # noqa: E402
from lib.ca import CA  # noqa: E402
from lib.control import address, run  # noqa: E402

EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:123456789012"


def main():
    options = _parse_arguments()
    the_world = world.World(options.key or [_key(EXAMPLE_KEY)], options.htpasswd)
    listener = server.Server(the_world, server.Certificates(CA(options.ca_dir)))
    for one in options.listen:
        listener.serve_tls(one)
    for one in options.listen_http:
        listener.serve_plain(one)
    run(options.control, the_world, control.ACTIONS)


def _parse_arguments():
    parser = argparse.ArgumentParser(
        description="Simulates Amazon ECR and ECR Public over HTTPS, with a CA of its own.",
        epilog="Give the API's host names (api.ecr.REGION.amazonaws.com …) to its address, and "
               "CA_DIR/ca.pem to the client as AWS_CA_BUNDLE. How to make it fail, and what it "
               "counts: control.py and faults.py beside it.")
    parser.add_argument("--listen", metavar="ADDRESS:PORT", type=address, action="append",
                        default=[], help="where to speak HTTPS; can be given several times")
    parser.add_argument("--listen-http", metavar="ADDRESS:PORT", type=address, action="append",
                        default=[], help="where to speak HTTP, for AWS_ENDPOINT_URL")
    parser.add_argument("--ca-dir", metavar="DIR", required=True,
                        help="where its CA is, or is to be made")
    parser.add_argument("--control", metavar="SOCKET", help="where it is steered")
    parser.add_argument("--htpasswd", metavar="[SERVICE/REGION=]FILE", action="append", default=[],
                        help="a file for a registry: the latest token's password, for user AWS")
    parser.add_argument("--key", metavar="ID:SECRET[:ACCOUNT]", type=_key, action="append",
                        help=f"an access key; {EXAMPLE_KEY} unless given")
    options = parser.parse_args()
    if not options.listen and not options.listen_http:
        parser.error("give --listen")
    return options


def _key(text):
    words = text.split(":")
    if len(words) not in (2, 3) or not all(words):
        raise argparse.ArgumentTypeError("a key is ID:SECRET or ID:SECRET:ACCOUNT")
    return world.Key(*words)


if __name__ == "__main__":
    main()
