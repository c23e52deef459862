#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What each room of src/ may include and each program may link: the network stays in ecr-fetch and
ecr-publish, the privilege in ecr-refresher, and a file includes only what is below it.

Prints TAP. Arguments: the source root, then any number of built programs.
"""

import pathlib
import re
import subprocess
import sys

import tap

# A room and the rooms it may include from, besides itself: those below it. A folder inside a room
# is also a room.
MAY_INCLUDE = {
    "base": set(),
    "http": {"base"},
    "aws": {"base"},
    "config": {"aws", "base"},
    "state": {"config", "aws", "base"},
    "launch": {"config", "base"},
    "status": {"state", "config", "aws", "base"},
    "pull": {"launch", "state", "config", "aws", "base"},

    "fetch": {"fetch/providers", "fetch/api", "fetch/identity", "launch", "status", "state",
              "config", "http", "aws", "base"},
    "fetch/providers": {"fetch/api", "fetch/identity", "config", "http", "aws", "base"},
    "fetch/api": {"fetch/identity", "state", "config", "http", "aws", "base"},
    "fetch/identity": {"config", "aws", "base"},

    "publish": {"publish/kubernetes", "publish/rancher", "launch", "status", "state", "config",
                "http", "aws", "base"},
    "publish/kubernetes": {"status", "state", "config", "http", "aws", "base"},
    "publish/rancher": {"status", "state", "config", "http", "aws", "base"},

    "write": {"write/workers", "write/authfile", "write/merge", "launch", "status", "state",
              "config", "aws", "base"},
    "write/workers": {"write/authfile", "write/merge", "state", "config", "aws", "base"},
    "write/authfile": {"write/merge", "base"},
    "write/merge": {"state", "aws", "base"},

    "check": {"check/diagnose", "check/probe", "check/clients", "write", "pull", "launch",
              "status", "state", "config", "aws", "base"},
    "check/diagnose": {"check/probe", "check/clients", "write/merge", "status", "state", "config",
                       "aws", "base"},
    "check/probe": {"check/clients", "state", "config", "aws", "base"},
    "check/clients": {"write/authfile", "write/merge", "base"},

    "refresher": {"check", "write", "pull", "launch", "status", "state", "config", "aws", "base"},
}

# What a folder may include from the room that contains it: the seam between the two.
SEAM = {
    "publish/kubernetes": {"publish/sink.h", "publish/redact.h"},
    "publish/rancher": {"publish/sink.h", "publish/redact.h"},
    "write/workers": {"write/desired.h"},
    "check/diagnose": {"check/check-context.h"},
}

# The rooms that may include the headers of a library.
LIBRARY_HEADERS = {
    r"curl/": {"http"},
    r"openssl/": {"fetch/api", "fetch/providers"},
    r"expat": {"fetch/api"},
    r"systemd/": {"base"},
    r"yaml": {"publish/kubernetes"},
}

C_RUNTIME = {"libc", "libm", "libgcc_s", "ld-linux-x86-64", "ld-linux-aarch64", "libpthread",
             "libdl", "librt", "libresolv"}
COMMON = {"libjson-c", "libinih"}  # libsystemd is loaded when it is needed

# The libraries that each program may link. The two with the network are executed by small ones of the
# same name when something is due.
MAY_LINK = {
    "ecr-refresher": COMMON,
    "ecr-fetch": COMMON,
    "ecr-publish": COMMON,
    "network/ecr-fetch": COMMON | {"libcurl", "libcrypto", "libssl", "libexpat"},
    "network/ecr-publish": COMMON | {"libcurl", "libyaml-0"},
}


def without_text(source):
    """Returns C without comments and with empty strings."""
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', lambda m: '""' if m[0][0] == '"' else "",
                  source, flags=re.S)


def included_files(source):
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', source, flags=re.M)


def included_libraries(source):
    return re.findall(r"^\s*#\s*include\s+<([^>]+)>", source, flags=re.M)


def room_of(name):
    return name.rpartition("/")[0]


def forbidden_includes(name, source):
    """Returns the includes of a file of src/ that its room may not have."""
    room = room_of(name)
    allowed = MAY_INCLUDE[room] | {room}
    return [file for file in included_files(source)
            if room_of(file) not in allowed and file not in SEAM.get(room, ())] + [
        f"<{header}>" for header in included_libraries(source)
        for pattern, rooms in LIBRARY_HEADERS.items()
        if re.match(pattern, header) and room not in rooms]


DEFINITION = re.compile(r"^(?!static\b|typedef\b|#)[A-Za-z_][\w\s*]*?\**(\w+)\([^;{}]*\)\s*\n\{", re.M)
PROTOTYPE = re.compile(r"^(?!static\b|typedef\b|#)[A-Za-z_][\w\s*]*?\**(\w+)\([^;{}]*\)"
                       r"(?:\s*_\w+_(?:\([^)]*\))?)*;", re.M)


def misplaced_prototypes(sources):
    """Returns {header: functions that it declares and another file defines}."""
    stem = {function: name.rpartition(".")[0] for name, source in sources.items()
            if name.endswith(".c") for function in DEFINITION.findall(without_text(source))}
    wrong = {}
    for name, source in sources.items():
        if name.endswith(".h"):
            for function in PROTOTYPE.findall(without_text(source)):
                if stem.get(function) != name.rpartition(".")[0]:
                    wrong.setdefault(name, []).append(
                        f"{function} of {stem.get(function, 'no file')}")
    return wrong


def circles(sources):
    """Returns sets of modules (a .c and its .h) that include each other, directly or indirectly."""
    graph = {}
    for name, source in sources.items():
        module = name.rpartition(".")[0]
        graph.setdefault(module, set()).update(
            other.rpartition(".")[0] for other in included_files(source))
    reach = {module: reachable(graph, module) for module in graph}
    return sorted({tuple(sorted(other for other in reach[module] if module in reach[other]))
                   for module in graph if module in reach[module]})


def reachable(graph, start):
    """Returns the modules that one includes, directly or indirectly."""
    seen, todo = set(), [start]
    while todo:
        at = todo.pop()
        for other in graph.get(at, set()) - {at} - seen:
            seen.add(other)
            todo.append(other)
    return seen


def linked_libraries(program):
    text = subprocess.run(["readelf", "-d", program], check=True, text=True,
                          capture_output=True).stdout
    return {name.split(".so")[0] for name in re.findall(r"\(NEEDED\).*\[(.+)\]", text)}


def check_program(plan, program):
    name = f"network/{program.name}" if program.parent.name == "network" else program.name
    linked = linked_libraries(program)
    wrong = linked - C_RUNTIME - MAY_LINK[name]
    plan.case(f"{name} links only what it may", linked and not wrong, ", ".join(sorted(wrong)))


def main():
    src = pathlib.Path(sys.argv[1]).resolve() / "src"
    plan = tap.Plan()

    sources = {str(path.relative_to(src)): path.read_text() for path in sorted(src.rglob("*.[ch]"))}
    plan.case("sources are found", len(sources) > 10)
    for name, source in sources.items():
        room = room_of(name)
        plan.case(f"{name} is in a room", room in MAY_INCLUDE, room or "src/ itself")
        if room in MAY_INCLUDE:
            wrong = forbidden_includes(name, source)
            plan.case(f"{name} includes only what {room} may", not wrong, ", ".join(wrong))
    misplaced = misplaced_prototypes(sources)
    for name in sources:
        if name.endswith(".h"):
            plan.case(f"{name} declares only what its .c defines", name not in misplaced,
                      ", ".join(misplaced.get(name, [])))
    found = circles(sources)
    plan.case("no files include each other", not found,
              "; ".join(" <-> ".join(circle) for circle in found))
    for program in sys.argv[2:]:
        check_program(plan, pathlib.Path(program))
    return plan.finish()


if __name__ == "__main__":
    sys.exit(main())
