# SPDX-License-Identifier: Apache-2.0
"""The manual pages match the programs: they have every command, option, key, event and variable and no
others, and their examples work."""

import re
import shutil
import subprocess

import pytest

from lib.manual import examples, page as source_of
from lib.programs import SOURCE

PAGES = sorted((SOURCE / "man").glob("*.[1-8]"))
MAIN = source_of("ecr-refresher.8")
INI = source_of("ecr-refresher.ini.5")
EVERYTHING = "\n".join(page.read_text() for page in PAGES)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text(argv, **kwargs):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, **kwargs)


@pytest.fixture(scope="session")
def program(prefix):
    """A function that runs ecr-refresher."""
    return lambda *arguments: text([prefix / "bin/ecr-refresher", *arguments])


# Format


@every_page
def test_groff_has_no_warning(page):
    done = text(["groff", "-ww", "-mdoc", "-Tutf8", page])
    assert (done.returncode, done.stderr) == (0, "")


@every_page
@pytest.mark.parametrize("columns", ["80", "132"])
def test_man_has_no_warning(page, columns):
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": columns}
    done = text(["man", "--warnings=w", "-l", page], env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"NAME\n     {page.stem} — " in done.stdout


@every_page
def test_mandoc_has_no_warning(page):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    done = text(["mandoc", "-T", "lint", "-W", "warning", page])
    assert (done.returncode, done.stdout) == (0, "")


@every_page
def test_whatis_entry(page):
    done = text(["lexgrog", page])
    assert f"{page.stem} - " in done.stdout


def test_every_page_is_installed(prefix):
    installed = {path.name for path in (prefix / "share/man").glob("man*/*")}
    assert {page.name for page in PAGES} <= {name.removesuffix(".gz") for name in installed}


def test_referenced_pages_exist():
    named = set(re.findall(r"^\.Xr (\S*ecr-refresher\S*) (\d)", EVERYTHING, re.M))
    assert {f"{name}.{section}" for name, section in named} <= {page.name for page in PAGES}


# Commands and options


def blocks(page, macro):
    """Returns {heading: text} of the parts of a page that begin with a macro (".Ss", ".It Cm")."""
    pieces = re.split(rf"^{re.escape(macro)} (.*)$", page, flags=re.M)
    return dict(zip(pieces[1::2], pieces[2::2]))


def commands_of_page():
    part = re.search(r"^\.Sh COMMANDS$(.*?)^\.Ss Common options$", MAIN, re.M | re.S)[1]
    found = {}
    for heading, rest in blocks(part, ".It Cm").items():
        words = heading.split()
        # Two commands with one description ("get | store") are not supported, to keep this simple.
        found[words[0]] = set(re.findall(r"Fl -([a-z-]+)", heading + rest))
    return found


def options(help_text):
    # Without the options of other programs in an example.
    help_text = re.sub(r"^    \S.*$", "", help_text, flags=re.M)
    return set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", help_text))


def commands_of_program(program):
    done = program("--help")
    assert done.returncode == 0
    return re.findall(r"^  ([a-z][a-z-]+)  ", done.stdout, re.M)


def test_every_command_is_in_the_page(program):
    assert sorted(commands_of_page()) == sorted(commands_of_program(program))


def test_every_option_is_in_the_page(program):
    common = set(re.findall(r"^\.It Fl -([a-z-]+)", MAIN.split(".Ss Common options")[1], re.M))
    assert common == options(program("--help").stdout) - {"now"}  # systemctl's
    of_page = commands_of_page()
    for command in commands_of_program(program):
        done = program(command, "--help")
        assert done.returncode == 0, done.stderr
        usage = done.stdout
        assert of_page[command] - common == options(usage) - common - {"now"}, command


def test_exit_codes(program, tmp_path):
    """Those that need no setup; tests/integration has the others."""
    broken = tmp_path / "broken.ini"
    broken.write_text("[nonsense]\n")
    codes = re.search(r"^\.Sh EXIT STATUS$(.*?)^\.El$", MAIN, re.M | re.S)[1]
    for code, arguments in {"0": ["--version"], "2": ["nonsense"],
                            "78": ["status", "--config", broken]}.items():
        assert f".It Li {code}\n" in codes
        assert program(*arguments).returncode == int(code)


# The configuration


def errors(program, tmp_path, ini):
    """Returns the program's errors about an ini, or "" if it is valid."""
    file = tmp_path / "the.ini"
    file.write_text(ini)
    done = program("status", "--config", file)
    assert (done.returncode == 78) == (f"{file}:" in done.stderr), done.stderr
    return done.stderr if done.returncode == 78 else ""


def sections_of_program(program, tmp_path):
    """Returns {kind: {key, …}} from the program's errors."""
    message = errors(program, tmp_path, "[nonsense]\n")
    sections = {}
    for kind, name in re.findall(r"\[(\w+)( \w+)?\]", message.partition("expected")[2]):
        head = f"[{kind}{' x' if name else ''}]"
        message = errors(program, tmp_path, f"{head}\nnonsense = x\n")
        keys = re.search(r"unknown key .* expected one of (.*)", message)[1]
        sections[kind] = set(keys.split(", "))
    return sections


def sections_of_page():
    sections, kinds = {}, []
    for line in INI.splitlines():
        heading = re.fullmatch(r"\.Ss \[(\w+)(?: \w+)?\]", line)
        key = re.match(r"\.It Cm ([a-z0-9_]+) No =", line)
        if heading:
            sections.setdefault(heading[1], set())
            kinds = [heading[1]]
        elif line.startswith((".Ss", ".Sh")):
            kinds = []
        elif key:
            assert kinds, f"{key[1]} is in no section"
            sections[kinds[0]].add(key[1])
    return sections


def test_every_key_is_in_the_page(program, tmp_path):
    assert sections_of_page() == sections_of_program(program, tmp_path)


INI_EXAMPLES = [example for example in examples("ecr-refresher.ini.5") if "[Service]" not in example]


def test_examples_are_found():
    assert len(INI_EXAMPLES) >= 4


@pytest.mark.parametrize("example", INI_EXAMPLES, ids=lambda e: e.split("\n")[0])
def test_example_is_valid(program, tmp_path, example):
    assert errors(program, tmp_path, example) == ""


def test_wrong_example_is_detected(program, tmp_path):
    assert errors(program, tmp_path, INI_EXAMPLES[0] + "nonsense = x\n")


# The journal, the environment


def test_every_event_is_in_the_page():
    events = set(re.findall(r'"([0-9a-f]{32})"', (SOURCE / "src/base/events.h").read_text()))
    assert set(re.findall(r"\b[0-9a-f]{32}\b", MAIN)) == events


def test_every_journal_field_is_in_the_page():
    source = (SOURCE / "src/base/log.c").read_text()
    assert set(re.findall(r'"(ECR_[A-Z_]+)"', source)) == set(re.findall(r"\bECR_[A-Z_]+", MAIN))


def test_every_variable_is_in_a_page():
    names = set()
    for path in (SOURCE / "src").rglob("*.c"):
        names |= set(re.findall(
            r'(?:getenv|environment_get|find|is_on|flag|xdg_dir)\((?:\w+, )*"([A-Z][A-Z_]+)"',
            path.read_text()))
    assert {"HOME", "AWS_PROFILE", "NO_COLOR"} <= names
    missing = {name for name in names if not re.search(rf"\b{name}\b", EVERYTHING)}
    assert not missing
