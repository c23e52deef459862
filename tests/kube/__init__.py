# SPDX-License-Identifier: Apache-2.0
"""A simulator of Kubernetes' API server: namespaces, Secrets, service accounts, quotas, and the
rules that matter to a client that applies objects, reads pages and is refused.

    fields.py     which manager owns which field (server-side apply, managedFields)
    rbac.py       which user may do what
    world.py      the objects, and how they change
    server.py     HTTP
    simulator.py  the program
"""
