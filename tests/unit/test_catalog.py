#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every event in src/base/events.h has an entry in the message catalog, and vice versa.

Prints TAP. Arguments: the source root.
"""

import pathlib
import re
import sys

import tap

FIELDS = {"ECR_USER", "ECR_REGISTRY", "ECR_FILE", "ECR_IDENTITY", "ECR_EXPIRES_AT", "ECR_ERROR",
          "ECR_TARGET"}


def read_events(path):
    return dict(re.findall(r'X\((\w+), "([0-9a-f]{32})", LOG_\w+\)', path.read_text()))


def read_catalog(path):
    """Returns {message id: (headers, body)}, as journald reads them: an entry begins with "-- ID"."""
    entries = {}
    for part in re.split(r"^-- ", path.read_text(), flags=re.M)[1:]:
        head, _, body = part.partition("\n\n")
        lines = head.splitlines()
        headers = dict(line.split(": ", 1) for line in lines[1:])
        if lines[0] in entries:
            raise ValueError(f"{lines[0]} has two entries")
        entries[lines[0]] = (headers, body.strip())
    return entries


def main():
    root = pathlib.Path(sys.argv[1])
    events = read_events(root / "src/base/events.h")
    catalog = read_catalog(root / "etc/ecr-refresher.catalog")
    plan = tap.Plan()

    plan.case("events.h has events", len(events) >= 12)
    plan.case("message ids are unique", len(set(events.values())) == len(events))
    for name, message_id in sorted(events.items()):
        headers, body = catalog.get(message_id, ({}, ""))
        plan.case(f"{name} has a subject and a text", headers.get("Subject") and len(body) > 80)
        used = set(re.findall(r"@(\w+)@", body))
        plan.case(f"{name} uses fields that exist", used <= FIELDS, f"{used - FIELDS}")
    for message_id in catalog:
        plan.case(f"{message_id} is an event", message_id in events.values())
    return plan.finish()


if __name__ == "__main__":
    sys.exit(main())
