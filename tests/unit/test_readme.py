#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The README against the program: its examples, its commands, and a paragraph for each finding.

Prints TAP. Arguments: the source root and the directory with ecr-refresher.
"""

import itertools
import pathlib
import re
import subprocess
import sys
import tempfile

import tap

SOURCES = ["src/check/*.c", "src/fetch/check*.c", "src/common/findings.c"]


def finding_codes(root):
    """The codes `check` can print: first strings of findings_add_bad() and code_of(), and those that
    findings.c has for AWS's own."""
    codes = set()
    for pattern in SOURCES:
        for path in root.glob(pattern):
            text = path.read_text()
            for call in re.findall(r"findings_add_bad\((.*?);", text, flags=re.S):
                strings = re.findall(r'"((?:[^"\\]|\\.)*)"', call)
                words = itertools.takewhile(re.compile(r"[\w-]+$").match, strings)
                codes |= {word for word in words if word.islower()}
            codes |= set(re.findall(r'\{"[^"]+", "([a-z-]+)"\}', text))
    return codes


def examples(readme):
    """The ini files of the README: indented blocks whose first line is a section of ours."""
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", readme, flags=re.M):
        text = re.sub(r"^    ", "", block, flags=re.M).strip() + "\n"
        if re.match(r"\[(refresh|aws|user|registry|kubernetes|rancher)\b", text):
            yield text


def run(program, *arguments):
    return subprocess.run([program, *arguments], text=True, capture_output=True)


def check_example(plan, program, text):
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as ini:
        ini.write(text.split("\n\nsudo ")[0] + "\n")
        ini.flush()
        done = run(program, "status", "--config", ini.name)
    plan.case(f"an ini with {text.splitlines()[0]} is right", done.returncode in (0, 1), done.stderr)


def main():
    root, bindir = map(pathlib.Path, sys.argv[1:])
    readme = (root / "README.md").read_text()
    program = bindir / "ecr-refresher"
    ids = set(re.findall(r'<a id="([a-z-]+)">', readme))
    plan = tap.Plan()

    codes = finding_codes(root)
    plan.case("check has findings", len(codes) > 40, str(len(codes)))
    for code in sorted(codes | ids):
        plan.case(f"{code} is a finding, and has a paragraph", code in codes and code in ids,
                  "not in the README" if code in codes else "not in the program")

    known = set(re.findall(r"^  ([a-z-]+) ", run(program, "--help").stdout, flags=re.M))
    for word in sorted(set(re.findall(r"(?<![-/\w])ecr-refresher ([a-z][a-z-]+)", readme))):
        if f"`ecr-refresher {word}" in readme or f"sudo ecr-refresher {word}" in readme:
            plan.case(f"ecr-refresher {word} is a command", word in known, f"{sorted(known)}")

    for text in examples(readme):
        check_example(plan, program, text)
    for target in set(re.findall(r"\]\(([^)#]+)\)", readme)):
        if not target.startswith("http"):
            plan.case(f"{target} is there", (root / target).exists())
    return plan.finish()


if __name__ == "__main__":
    sys.exit(main())
