# SPDX-License-Identifier: Apache-2.0
"""Which user may do what. A rule is {"verbs": […], "resources": […]} and, if it is narrower,
"resourceNames": […] and "namespaces": […] (of a Role instead of a ClusterRole)."""

EVERYTHING = {"verbs": ["*"], "resources": ["*"]}


def allows(rules, verb, resource, namespace=None, name=None):
    return any(
        {verb, "*"} & set(rule["verbs"])
        and {resource, "*"} & set(rule["resources"])
        and ("resourceNames" not in rule or name in rule["resourceNames"])
        and ("namespaces" not in rule or namespace in rule["namespaces"])
        for rule in rules
    )


def refusal(user, verb, resource, namespace=None, name=None, group=""):
    """The message of the real one."""
    what = f"{resource}.{group}" if group else resource
    what = f'{what} "{name}"' if name else what
    where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
    return (f'{what} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group '
            f'"{group}"{where}')
