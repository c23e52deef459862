#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The README matches the program: its examples, its commands, and the files it links to.

Prints TAP. Arguments: the source root and the directory with ecr-refresher.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import tap

def examples(readme):
    """Yields the ini files of the README: indented blocks whose first line is one of our sections."""
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
    plan.case(f"an ini with {text.splitlines()[0]} is valid", done.returncode in (0, 1), done.stderr)


def blocks_of_sample(text):
    """Yields the commented-out sections of the sample, uncommented."""
    for block in re.findall(r"(?:^;(?! ).*\n|^; {8}.*\n)+", text, flags=re.M):
        plain = re.sub(r"^;", "", block, flags=re.M).strip("\n") + "\n"
        if plain.startswith("["):
            yield plain


def check_sample(plan, program, text):
    plan.case("the sample has only comments",
              all(line.startswith(";") or not line for line in text.splitlines()))
    blocks = list(blocks_of_sample(text))
    known = set(re.findall(r"^;\[(\w+)", text, flags=re.M))
    plan.case("the sample has every kind of section",
              known == {"refresh", "aws", "user", "registry", "kubernetes", "rancher"}, f"{known}")
    plan.case("each section is in a block", sum(block.count("[") for block in blocks) == len(re.findall(r"^;\[", text, flags=re.M)))
    for block in blocks + ["\n".join(blocks)]:
        check_example(plan, program, block)


def main():
    root, bindir = map(pathlib.Path, sys.argv[1:])
    readme = (root / "README.md").read_text()
    program = bindir / "ecr-refresher"
    plan = tap.Plan()

    known = set(re.findall(r"^  ([a-z-]+) ", run(program, "--help").stdout, flags=re.M))
    for word in sorted(set(re.findall(r"(?<![-/\w])ecr-refresher ([a-z][a-z-]+)", readme))):
        if f"`ecr-refresher {word}" in readme or f"sudo ecr-refresher {word}" in readme:
            plan.case(f"ecr-refresher {word} is a command", word in known, f"{sorted(known)}")

    for text in examples(readme):
        check_example(plan, program, text)
    check_sample(plan, program, (root / "etc/ecr-refresher.ini").read_text())
    for target in set(re.findall(r"\]\(([^)#]+)\)", readme)):
        if not target.startswith("http"):
            plan.case(f"{target} exists", (root / target).exists())
    return plan.finish()


if __name__ == "__main__":
    sys.exit(main())
