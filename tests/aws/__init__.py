# SPDX-License-Identifier: Apache-2.0
"""A simulator of AWS over real HTTPS, for tests and demonstrations.

simulator.py   the command line
server.py      sockets, TLS, HTTP/1.1
dispatch.py    which service and operation a request means; faults on the way
sigv4.py       who signed it: every signature is verified, with botocore's own code
services/      one file per service: its operations and the shapes of its replies
world.py       what all connections share: clock, keys, counters
faults.py      failing on demand
hosts.py       API host names, forwards and backwards
control.py     the JSON interface on a unix socket that steers all this
"""
