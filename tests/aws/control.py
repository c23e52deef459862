# SPDX-License-Identifier: Apache-2.0
"""The requests of its control socket (lib/control.py).

    GET    /state              counters, last requests (World.snapshot)
    POST   /reset              restores the initial state
    POST   /faults  [{…}, …]   adds faults (faults.py); DELETE removes all of them
    POST   /clock   {"seconds": 3600}           how far its clock is ahead
    POST   /life    {"seconds": 43200}          of tokens issued from now on
    POST   /keys    {"keys": [{…}], "keep": b}  the access keys (world.Key)
    POST   /services/NAME  {…}                  the settings of that service (services/NAME.py)
"""

from aws.services import SERVICES
from aws.world import Key


def _set_clock(world, body):
    world.shift = float(body["seconds"])


def _set_life(world, body):
    world.life = float(body["seconds"])


def _set_keys(world, body):
    world.set_keys([Key.from_json(key) for key in body["keys"]], bool(body.get("keep")))


def _clear_faults(world, body):
    world.faults = []


ACTIONS = {
    ("GET", "/state"): lambda world, body: world.snapshot(),
    ("POST", "/reset"): lambda world, body: world.reset(),
    ("POST", "/faults"): lambda world, body: world.add_faults(body),
    ("DELETE", "/faults"): _clear_faults,
    ("POST", "/clock"): _set_clock,
    ("POST", "/life"): _set_life,
    ("POST", "/keys"): _set_keys,
    **{("POST", f"/services/{service.NAME}"): service.configure
       for service in SERVICES if hasattr(service, "configure")},
}
