# SPDX-License-Identifier: Apache-2.0
"""An API server of Kubernetes: namespaces, Secrets, service accounts, quotas, and the rules that
matter to a client that applies, pages and is refused.

    fields.py     who owns which field (server-side apply, managedFields)
    rbac.py       who may do what
    world.py      the objects, and how they change
    server.py     HTTP
    simulator.py  the program
"""
