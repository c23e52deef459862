# SPDX-License-Identifier: Apache-2.0
"""A simulator of Rancher's registry credentials, both generations, for tests.

simulator.py   the command line
server.py      sockets, TLS, HTTP; from a path to the generation it belongs to
rancher_v1.py  /v1 and /v2-beta: environments, registries, credentials
rancher_v2.py  /v3: projects and their docker credentials, which are Secrets
world.py       rows, keys and their rights, a record of requests
faults.py      failing on demand
control.py     the JSON interface on a unix socket that controls it
"""
