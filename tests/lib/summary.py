#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up the results of the groups of tests/run in a directory; the last line has the totals.

    NAME.code                    a group's exit code; its output is in NAME.log
    NAME.meson.json              meson's testlog: programs that print TAP, or have an exit code
    NAME.xml                     pytest's report (JUnit)
    NAME.tap                     TAP

A group that failed without a failed test counts as one failure.

summary.py --groups DIRECTORY prints one case per group instead, as TAP.
"""

import json
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

TAIL = 4000


@dataclass
class Case:
    group: str
    name: str
    outcome: str  # "passed", "failed", "skipped"
    detail: str = ""


def read_tap(group, text, prefix=""):
    """Yields the cases of a TAP stream. A plan that does not match is a failure."""
    notes, planned, count = [], None, 0
    for line in text.splitlines():
        if line.startswith("# "):
            notes.append(line[2:])
            continue
        plan = re.match(r"1\.\.(\d+)", line)
        if plan:
            planned = int(plan[1])
        found = re.match(r"(not )?ok\b *\d* *-? *(.*?)(?: +# SKIP\b *(.*))?$", line)
        if not found:
            continue
        count += 1
        outcome = "failed" if found[1] else "passed" if found[3] is None else "skipped"
        detail = found[3] if outcome == "skipped" else "\n".join(notes)
        yield Case(group, prefix + found[2], outcome, detail)
        notes = []
    if planned != count:
        yield Case(group, prefix + "plan", "failed", f"{count} of {planned} cases\n{text[-TAIL:]}")


def read_meson(group, path):
    for line in path.read_text().splitlines():
        test = json.loads(line)
        output = test.get("stdout", "") + test.get("stderr", "")
        cases = []
        if re.search(r"^(not )?ok\b|^1\.\.\d", test.get("stdout", ""), flags=re.M):
            cases = list(read_tap(group, test["stdout"], test["name"] + ": "))
        yield from cases
        if test["result"] == "SKIP" and not cases:
            yield Case(group, test["name"], "skipped", output.strip())
        elif test["result"] in ("OK", "EXPECTEDFAIL", "SKIP"):
            if not cases:
                yield Case(group, test["name"], "passed")
        elif not any(case.outcome == "failed" for case in cases):
            detail = f"{test['result']}, exit code {test['returncode']}\n{output[-TAIL:]}"
            yield Case(group, test["name"], "failed", detail)


def read_junit(group, path):
    for case in ET.parse(path).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        bad = [e for e in case if e.tag in ("failure", "error")]
        if bad:
            detail = "\n".join((e.text or e.get("message") or "") for e in bad)
            yield Case(group, name, "failed", detail)
        elif skipped is not None:
            yield Case(group, name, "skipped", skipped.get("message") or "")
        else:
            yield Case(group, name, "passed")


def read_results(directory):
    cases = []
    for path in sorted(directory.glob("*.meson.json")):
        cases += read_meson(path.name.split(".")[0], path)
    for path in sorted(directory.glob("*.xml")):
        cases += read_junit(path.stem, path)
    for path in sorted(directory.glob("*.tap")):
        cases += read_tap(path.stem, path.read_text())
    for path in sorted(directory.glob("*.code")):
        group, code = path.stem, path.read_text().strip()
        if code != "0" and not any(c.group == group and c.outcome == "failed" for c in cases):
            log = path.with_suffix(".log").read_text(errors="replace")[-TAIL:]
            cases.append(Case(group, "the group itself", "failed", f"exit code {code}\n{log}"))
    return cases


def report(cases):
    for outcome in ("skipped", "failed"):
        for case in cases:
            if case.outcome != outcome:
                continue
            if outcome == "skipped":
                print(f"SKIPPED {case.group}: {case.name}: {case.detail or 'no reason given'}")
            else:
                print(f"\nFAILED  {case.group}: {case.name}")
                print("\n".join("    " + line for line in case.detail.splitlines()))
    count = {o: sum(c.outcome == o for c in cases) for o in ("passed", "failed", "skipped")}
    if not cases:
        count["failed"] = 1
    print(f"\n{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


def print_groups(cases):
    """Prints the result of a test run within a test run. A group that skipped everything failed."""
    groups = sorted({case.group for case in cases})
    for number, group in enumerate(groups, 1):
        outcomes = [case.outcome for case in cases if case.group == group]
        is_good = "passed" in outcomes and "failed" not in outcomes
        for case in cases:
            if case.group == group and case.outcome == "failed":
                print("\n".join(f"# {line}" for line in f"{case.name}\n{case.detail}".splitlines()))
        word = "ok" if is_good else "not ok"
        print(f"{word} {number} - {group}: {outcomes.count('passed')} passed")
    print(f"1..{len(groups)}")


if __name__ == "__main__":
    if sys.argv[1] == "--groups":
        sys.exit(print_groups(read_results(Path(sys.argv[2]))))
    sys.exit(report(read_results(Path(sys.argv[1]))))
