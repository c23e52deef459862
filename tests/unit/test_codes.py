#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every finding of `ecr-refresher check` has the paragraph README#CODE that it refers to, and vice
versa; and a test that provokes it.

Prints TAP. Arguments: the source root; --list prints the codes instead.
"""

import pathlib
import re
import sys

import tap

CODE = r"[a-z]+(?:-[a-z]+)*"


def codes_of(text):
    """Returns the codes in one source: arguments of findings_add_bad(), and functions that return one."""
    found = set()
    for call in re.findall(r"findings_add_bad\((.*?);", text, flags=re.S):
        for string in re.findall(r'"((?:[^"\\]|\\.)*)"', call):
            if re.fullmatch("[A-Z_]+", string):
                continue  # an environment variable, part of a condition
            if not re.fullmatch(CODE, string):
                break  # the text of the finding
            found.add(string)
    for body in re.findall(r"^(?:static )?const char \*(?:finding_)?code_of\(.*?^}", text,
                           flags=re.S | re.M):
        found |= set(re.findall(rf'(?:, |\? |: |return )"({CODE})"', body))
    return found


def read_codes(root):
    sources = [root / "src/status/findings.c", *sorted((root / "src").rglob("*check*.c")),
               *sorted((root / "src/check").rglob("*.c"))]
    return set().union(*(codes_of(source.read_text()) for source in sources))


def read_paragraphs(text):
    """Returns the anchors of the README that look like a code."""
    headings = re.findall(rf"^#{{2,6}} `?({CODE})`?$", text, flags=re.M)
    anchors = re.findall(rf'<a (?:id|name)="({CODE})">', text)
    return set(headings) | set(anchors)


def read_tests(root):
    """Returns the texts of the tests that run the programs."""
    folders = ("integration", "host", "clients")
    return "".join(path.read_text() for folder in folders
                   for path in sorted((root / "tests" / folder).glob("test_*.py")))


def is_expected(code, tests):
    """Reports whether a test compares with a code: "CODE", or the end of "… README#CODE"."""
    return re.search(rf"""["'#]{code}["']""", tests) is not None


def main():
    root = pathlib.Path(sys.argv[1])
    codes = read_codes(root)
    if "--list" in sys.argv:
        print("\n".join(sorted(codes)))
        return 0
    paragraphs = read_paragraphs((root / "README.md").read_text())
    plan = tap.Plan()
    plan.case("codes are found", len(codes) > 40)
    for code in sorted(codes):
        plan.case(f"the README explains {code}", code in paragraphs)
    tests = read_tests(root)
    for code in sorted(codes):
        plan.case(f"a test provokes {code}", is_expected(code, tests))
    for name in sorted(paragraphs - codes):
        plan.case(f"{name} is a finding", False, "or rename the heading, which looks like a code")
    return plan.finish()


if __name__ == "__main__":
    sys.exit(main())
