#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include and link what: the network stays in ecr-fetch, the privilege in ecr-refresher.

Prints TAP. Arguments: the source root, then any number of built programs.
"""

import pathlib
import re
import subprocess
import sys

import tap

# A folder of src/ and the folders it may include from, besides itself.
MAY_INCLUDE = {
    "check": {"common", "pull", "write"},
    "common": set(),
    "fetch": {"common"},
    "publish": {"common"},
    "pull": {"common"},
    "write": {"common"},
    "refresher": {"check", "common", "pull", "write"},
}

# Where the headers of these libraries may be named.
LIBRARY_HEADERS = {
    r"curl/": {"common"},
    r"openssl/": {"fetch"},
    r"expat": {"fetch"},
    r"systemd/": {"common"},
    r"yaml": {"publish"},
}

C_RUNTIME = {"libc", "libm", "libgcc_s", "ld-linux-x86-64", "ld-linux-aarch64", "libpthread",
             "libdl", "librt", "libresolv"}
COMMON = {"libjson-c", "libinih"}  # libsystemd is loaded when it is needed

# What each program may be linked to. The two with the network are started by small ones of the same
# name, and only when there is something to do.
MAY_LINK = {
    "ecr-refresher": COMMON,
    "ecr-fetch": COMMON,
    "ecr-publish": COMMON,
    "network/ecr-fetch": COMMON | {"libcurl", "libcrypto", "libssl", "libexpat"},
    "network/ecr-publish": COMMON | {"libcurl", "libyaml-0"},
}


def included_folders(source, src):
    """The folders of src/ that a file includes from, one for each #include "…"."""
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', source.read_text(), flags=re.M):
        near = (source.parent / name).resolve()
        target = near if near.exists() else (src / name).resolve()
        if target.is_relative_to(src):
            yield name, target.relative_to(src).parts[0]


def included_libraries(source):
    return re.findall(r"^\s*#\s*include\s+<([^>]+)>", source.read_text(), flags=re.M)


def check_source(plan, source, src):
    folder = source.relative_to(src).parts[0]
    allowed = MAY_INCLUDE.get(folder, set()) | {folder}
    wrong = [name for name, target in included_folders(source, src) if target not in allowed]
    wrong += [
        name
        for name in included_libraries(source)
        for pattern, folders in LIBRARY_HEADERS.items()
        if re.match(pattern, name) and folder not in folders
    ]
    plan.case(f"{source.relative_to(src)} includes what {folder} may", not wrong, ", ".join(wrong))


def linked_libraries(program):
    text = subprocess.run(["readelf", "-d", program], check=True, text=True,
                          capture_output=True).stdout
    return {name.split(".so")[0] for name in re.findall(r"\(NEEDED\).*\[(.+)\]", text)}


def check_program(plan, program):
    name = f"network/{program.name}" if program.parent.name == "network" else program.name
    linked = linked_libraries(program)
    wrong = linked - C_RUNTIME - MAY_LINK[name]
    plan.case(f"{name} links what it may", linked and not wrong, ", ".join(sorted(wrong)))


def main():
    src = pathlib.Path(sys.argv[1]).resolve() / "src"
    plan = tap.Plan()

    sources = sorted(src.glob("*/*.[ch]"))
    plan.case("there are sources", len(sources) > 10)
    for source in sources:
        check_source(plan, source, src)
    for program in sys.argv[2:]:
        check_program(plan, pathlib.Path(program))
    return plan.finish()


if __name__ == "__main__":
    sys.exit(main())
