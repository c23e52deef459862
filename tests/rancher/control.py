# SPDX-License-Identifier: Apache-2.0
"""The interface of its control socket (lib/control.py).

    GET    /state               requests so far, and all rows (World.snapshot)
    POST   /reset               everything as at the start
    POST   /configure {…}       how it behaves (world.SETTINGS)
    POST   /put       {…}       adds or replaces rows (World.put)
    POST   /faults    [{…}, …]  adds faults (faults.py); DELETE removes all
    DELETE /requests            forgets the requests so far
"""

ACTIONS = {
    ("GET", "/state"): lambda world, body: world.snapshot(),
    ("POST", "/reset"): lambda world, body: world.reset(),
    ("POST", "/configure"): lambda world, body: world.configure(body),
    ("POST", "/put"): lambda world, body: world.put(body),
    ("POST", "/faults"): lambda world, body: world.add_faults(body),
    ("DELETE", "/faults"): lambda world, body: world.faults.clear(),
    ("DELETE", "/requests"): lambda world, body: world.requests.clear(),
}
