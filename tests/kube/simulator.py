#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An API server of Kubernetes on this machine: `simulator.py --help`. Prints "ready" when it
listens, ends on SIGTERM.

It is steered over a unix socket that only its owner can open: a line of JSON, [METHOD, ARGUMENTS,
KEYWORDS], calls that method of world.World; the answer is a line, [RESULT] or {"error": …}.
"""

import argparse
import json
import os
import signal
import socketserver
import sys
import threading
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from kube import server, world  # noqa: E402
from lib.ca import CA  # noqa: E402


class _Control(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            method, arguments, keywords = json.loads(line)
            try:
                if method.startswith("_"):
                    raise ValueError(method)
                answer = [getattr(self.server.world, method)(*arguments, **keywords)]
            except Exception as error:
                answer = {"error": repr(error)}
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def main():
    options = _parse_arguments()
    the_world = world.World()
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    ca = CA(options.ca_dir)
    host, _, port = options.listen.rpartition(":")
    server.serve(the_world, (host, int(port)), ca.issue(*options.name), ca.bundle)
    before = os.umask(0o177)
    control = _Control(options.control, _Handler)
    os.umask(before)
    control.world = the_world
    threading.Thread(target=control.serve_forever, daemon=True).start()
    print("ready", flush=True)
    done.wait()
    Path(options.control).unlink(missing_ok=True)


def _parse_arguments():
    parser = argparse.ArgumentParser(description="Simulates an API server of Kubernetes.")
    parser.add_argument("--listen", metavar="ADDRESS:PORT", required=True)
    parser.add_argument("--name", action="append", required=True,
                        help="a name in its certificate; can be given several times")
    parser.add_argument("--ca-dir", metavar="DIR", required=True,
                        help="where its CA is, or is to be made")
    parser.add_argument("--control", metavar="SOCKET", required=True, help="where it is steered")
    return parser.parse_args()


if __name__ == "__main__":
    main()
