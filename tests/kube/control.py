# SPDX-License-Identifier: Apache-2.0
"""The interface of its control socket (lib/control.py).

    POST /call  [METHOD, ARGUMENTS, KEYWORDS]   calls that method of world.World: {"result": …}
"""


def _call(world, body):
    method, arguments, keywords = body
    if method.startswith("_"):
        raise ValueError(method)
    return {"result": getattr(world, method)(*arguments, **keywords)}


ACTIONS = {("POST", "/call"): _call}
