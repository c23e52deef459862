# SPDX-License-Identifier: Apache-2.0
"""A simulator of AWS over real HTTPS, for tests and demonstrations.

simulator.py   the command line
server.py      sockets, TLS, HTTP/1.1
dispatch.py    the service and operation of a request; faults
sigv4.py       the signer: every signature is verified, with botocore's code
services/      one file per service: its operations and the shapes of its replies
world.py       shared by all connections: clock, keys, counters
faults.py      failures on demand
hosts.py       API host names, to and from regions
control.py     the JSON interface on a unix socket that controls it
"""
