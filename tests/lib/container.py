# SPDX-License-Identifier: Apache-2.0
"""A whole Debian with a real systemd as PID 1, in systemd-nspawn.

    with Container("bookworm", netns=net) as box:
        box.run("systemctl start something.service")
        box.journal("_SYSTEMD_UNIT=something.service")
        box.reboot()

A release's tree is made once with mmdebstrap and cached; each container has its own overlay over
it, so containers do not see each other's changes. Others can start from the changes of one:

    with Container("bookworm") as first:
        first.run("apt-get install …")
        layer = first.freeze()
    with Container("bookworm", layer=layer) as box: …
    layer.remove()

The machine that runs the tests needs no systemd.
"""

import atexit
import fcntl
import hashlib
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

from lib.patience import patience, until, wait_for  # noqa: F401: callers import wait_for

CACHE = Path(os.environ.get("ECR_REFRESHER_CACHE", "/var/cache/ecr-refresher-tests"))
MIRROR = "http://deb.debian.org/debian"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PREFIX = "ecr-test-box-"
HOSTS = "127.0.0.1 localhost\n"

# What apt needs to install our package without a network, and what user mode needs.
PACKAGES = ["systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd",
            "ca-certificates", "openssl", "libjson-c5", "libinih1", "libexpat1",
            "libyaml-0-2"]

# The releases tested by default. A test can name any other suite of Debian, such as "sid".
RELEASES = ["bookworm", "trixie"]

# Build dependencies of our packages.
LIBRARIES = ["libcurl4-openssl-dev", "libexpat1-dev", "libinih-dev", "libjson-c-dev", "libssl-dev",
             "libsystemd-dev", "libyaml-dev", "systemd-dev"]

# Kinds of trees and what each has in addition to PACKAGES.
KINDS = {
    # A host with a docker CLI, whose administrator has sudo.
    "": ["libcurl4t64", "libyaml-0-2", "docker-cli", "sudo"],
    # A host with podman, with and without root.
    "podman": ["libcurl4t64", "podman", "slirp4netns", "sudo", "uidmap"],
    # Builds the Debian package and checks it with Debian's own tools.
    "builder": LIBRARIES + [
        "autopkgtest", "build-essential", "debhelper", "lintian", "man-db", "meson", "pkgconf",
        "python3-botocore", "python3-cryptography", "rpm", "rpmlint"],
    # Runs tests/clients.
    "clients": [
        "libcurl4t64", "buildah", "busybox-static", "curl", "docker-cli", "docker-compose",
        "docker.io", "docker-registry", "iproute2", "podman", "python3-bcrypt", "python3-botocore",
        "python3-cryptography", "python3-pytest", "skopeo", "uidmap"],
    # Builds and installs RPMs.
    "rpm": LIBRARIES + ["dnf", "dnf-plugins-core", "gcc", "git", "meson", "pkgconf", "rpm", "sudo"],
    # A host before the first step of README.
    "fresh": ["sudo"],
}

# Trees with only what install-packages installs for a purpose, to test whether its list is complete.
PURPOSES = {"bare": "tests", "bench": "bench"}
INSTALLER = Path(__file__).with_name("install-packages")

# Packages that a "fresh" host can install: they are in its /repository, with all that apt recommends.
REPOSITORIES = {"fresh": LIBRARIES + ["build-essential", "ca-certificates", "debhelper", "libcurl4t64",
                                      "meson", "pkgconf"]}

# Packages with another name in Debian 12.
BOOKWORM = {"libcurl4t64": "libcurl4", "docker-cli": "docker.io", "systemd-dev": "systemd"}

BUILDER, RPM_HOST = "builder-trixie", "rpm-bookworm"

# No test needs the daemons of docker.io, and a getty on the console would only wait.
MASKED = ["docker.service", "docker.socket", "containerd.service", "console-getty.service",
          "apt-daily.timer", "apt-daily-upgrade.timer"]


_numbers = itertools.count(1)


class ContainerError(Exception):
    pass


# Trees


def tree(name, log=lambda line: None):
    """Returns the directory of a tree, and creates it if the cache does not have it: "trixie" for
    a host, KIND-RELEASE for another kind ("builder-trixie")."""
    kind, _, release = name.rpartition("-")
    purpose = PURPOSES.get(kind)
    packages = [] if purpose else PACKAGES + KINDS[kind]
    repository = REPOSITORIES.get(kind, [])
    if release == "bookworm":
        packages, repository = ([BOOKWORM.get(package, package) for package in names]
                                for names in (packages, repository))
    recipe = json.dumps([release, packages, MIRROR, MASKED] + ([repository] if repository else [])
                        + ([purpose, INSTALLER.read_text()] if purpose else []))
    path = CACHE / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            log(f"making a Debian {release} with mmdebstrap")
            for old in CACHE.glob(f"{name}-*"):
                shutil.rmtree(old)
            _make_tree(release, packages, _hooks(repository, purpose), path)
    return path


# Hooks of mmdebstrap; $1 is the tree.
FILL_REPOSITORY = """
chroot "$1" apt-get -q -y --download-only -o Apt::Install-Recommends=1 install %s
mkdir "$1/repository"
mv "$1"/var/cache/apt/archives/*.deb "$1/repository"
cd "$1/repository"
dpkg-scanpackages --multiversion . >Packages
"""
# Afterwards /repository is the only source, and apt has its default settings.
USE_REPOSITORY = """
rm -rf "$1"/etc/apt/sources.list.d/* "$1/etc/apt/apt.conf.d/99mmdebstrap"
echo "deb [trusted=yes] file:/repository ./" >"$1/etc/apt/sources.list"
"""
INSTALL = """
set -e
cp %s "$1/install-packages"
chroot "$1" /install-packages %s
rm "$1/install-packages"
"""


def _hooks(repository, purpose):
    if repository:
        return [FILL_REPOSITORY % " ".join(repository), USE_REPOSITORY]
    if purpose:
        return [INSTALL % (shlex.quote(str(INSTALLER)), purpose)]
    return []


def _make_tree(release, packages, hooks, path):
    partial = path.with_name(path.name + ".partial")
    # A mirror may be older than the Valid-Until of a suite that changes (sid).
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--aptopt=Apt::Install-Recommends 0",
               "--aptopt=Acquire::Check-Valid-Until 0",
               *(["--include=" + ",".join(packages)] if packages else []),
               *("--customize-hook=" + hook for hook in hooks), release, str(partial), MIRROR]
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        raise ContainerError(f"mmdebstrap {release} failed:\n{made.stderr}")
    for unit in MASKED:
        (partial / "etc/systemd/system" / unit).unlink(missing_ok=True)
        (partial / "etc/systemd/system" / unit).symlink_to("/dev/null")
    # With a machine-id this is not a first boot, so systemd does not apply presets.
    (partial / "etc/machine-id").write_text(hashlib.md5(release.encode()).hexdigest() + "\n")
    if not (partial / "etc/hosts").exists():
        (partial / "etc/hosts").write_text(HOSTS)
    (partial / "etc/resolv.conf").write_text("# no name server: names come from hosts\n")
    partial.rename(path)


# Containers


class Container:
    """A booted container.

    release   the name of a tree()
    netns     a lib.netns.NetNS to join; its host names become the container's
    layer     to start from: what freeze() of another container returned
    root      the container's / as seen from outside
    """

    def __init__(self, release, netns=None, layer=None, log=lambda line: None):
        sweep()
        self.release, self.netns = release, netns
        self.name = _name()
        self._directory = Path("/var/tmp") / self.name
        self.root = self._directory / "root"
        self.console = self._directory / "console"
        self._nspawn = None
        atexit.register(self.close)
        try:
            lower = [layer.path] if layer else []
            _mount_overlay([*lower, tree(release, log)], self._directory)
            self.boot()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Processes

    def run(self, command, user=None, input=None, check=True, timeout=90, env=None):
        """Runs a command (a string for sh, or an argv) as root or as a user of the container.
        Returns subprocess's CompletedProcess, with text; raises ContainerError if it fails or
        does not end within patience(timeout)."""
        argv = ["sh", "-c", command] if isinstance(command, str) else [str(w) for w in command]
        environment = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/root", **(env or {})}
        if user:
            argv = self._as_user(user, environment) + argv
        argv = ["nsenter", "-t", str(self._leader), "-a", "--"] + argv
        try:
            done = subprocess.run(argv, env=environment, input=input or "", text=True,
                                  timeout=patience(timeout), capture_output=True, errors="replace",
                                  preexec_fn=lambda: _join(self._cgroups))
        except subprocess.TimeoutExpired as e:
            raise ContainerError(f"{command!r} did not end in {patience(timeout)} s") from e
        if check and done.returncode != 0:
            raise ContainerError(f"{command!r} ended with {done.returncode}:\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def start(self, argv, env=None, **kwargs):
        """Starts a command as root and returns the Popen of nsenter."""
        argv = ["nsenter", "-t", str(self._leader), "-a", "--", *argv]
        environment = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/root", **(env or {})}
        return subprocess.Popen(argv, env=environment,
                                preexec_fn=lambda: _join(self._cgroups), **kwargs)

    def output(self, command, **kwargs):
        """Returns what a command prints, without the final newline."""
        return self.run(command, **kwargs).stdout.rstrip("\n")

    def _as_user(self, user, environment):
        entry = self.passwd(user)
        environment.update({"HOME": entry["home"], "USER": user, "LOGNAME": user,
                            "XDG_RUNTIME_DIR": f"/run/user/{entry['uid']}"})
        return ["setpriv", f"--reuid={entry['uid']}", f"--regid={entry['gid']}", "--init-groups",
                "--"]

    @property
    def leader(self):
        """The pid of its PID 1 outside the container."""
        return self._leader

    def passwd(self, user):
        """Returns the container's passwd entry of a user, or None."""
        for line in (self.root / "etc/passwd").read_text().splitlines():
            name, _, uid, gid, _, home, _ = line.split(":")
            if name == user:
                return {"uid": int(uid), "gid": int(gid), "home": home}
        return None

    # Files

    def path(self, inside):
        """Returns the outside Path of an absolute path in the container. Mounts made inside are
        not visible there."""
        return self.root / str(inside).lstrip("/")

    def write(self, inside, text, mode=0o644, owner="root"):
        """Replaces a file as an editor does: writes a new one and renames it."""
        quoted, temporary = shlex.quote(str(inside)), shlex.quote(f"{inside}.new")
        self.run(f"umask 077 && cat > {temporary} && chmod {mode:o} {temporary} && "
                 f"chown {owner}: {temporary} && mv -f {temporary} {quoted}", input=text)

    def read(self, inside):
        return self.run(["cat", inside]).stdout

    def stat(self, inside):
        """Returns (owner, group, octal mode, type) of a path, or None."""
        done = self.run(["stat", "-c", "%U:%G:%a:%F", inside], check=False)
        return tuple(done.stdout.strip().split(":")) if done.returncode == 0 else None

    def trust(self, certificate):
        """Makes the container trust a CA, as an administrator does."""
        text = Path(certificate).read_text()
        self.write("/usr/local/share/ca-certificates/of-the-tests.crt", text)
        self.run("update-ca-certificates")

    # systemd

    def show(self, unit, *properties, user=None):
        """Returns properties of a unit as a dict."""
        manager = ["systemctl", "--user"] if user else ["systemctl"]
        names = [f"-p{name}" for name in properties]
        lines = self.output(manager + ["show", unit] + names, user=user).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def journal(self, *matches, since=0):
        """Returns journal entries as dicts, oldest first; since is from journal_end()."""
        # Not --after-cursor: with matches, it skips the first matching entry.
        self.run("journalctl --sync", check=False)
        lines = self.run(["journalctl", "-o", "json", "--no-pager", "--all", *matches],
                         check=False).stdout.splitlines()
        entries = [json.loads(line) for line in lines]
        return [e for e in entries if int(e["__REALTIME_TIMESTAMP"]) > since]

    def journal_end(self):
        """Returns the time of the last journal entry."""
        self.run("journalctl --sync", check=False)
        (last,) = self.output("journalctl -n 1 -o json --no-pager").splitlines()
        return int(json.loads(last)["__REALTIME_TIMESTAMP"])

    # Boot and shutdown

    def boot(self):
        """Boots, and waits until all startup jobs have finished."""
        self._write_hosts()
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}",
                   "--register=no", "--keep-unit", "--console=read-only", "--resolv-conf=off",
                   "--link-journal=no", "--timezone=off", f"--machine={self.name}"]
        if self.netns:
            command.append(f"--network-namespace-path={self.netns.path}")
        # Debian 13's systemd supports only the unified hierarchy, whatever the machine itself uses.
        env = {"PATH": PATH, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with open(self.console, "ab") as console:
            self._nspawn = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL,
                                            stdout=console, stderr=subprocess.STDOUT,
                                            preexec_fn=lambda: _join(_make_cgroups(self.name)))
        self._leader = self._wait_for_leader()
        # Processes of run() belong to the container's cgroups because logind looks up its callers.
        self._cgroups = _make_cgroups(f"{self.name}/payload/run")
        self._wait_for_boot()

    def shut_down(self):
        """An orderly power-off."""
        self._nspawn.send_signal(signal.SIGTERM)
        self._nspawn.wait(patience(60))

    def reboot(self):
        self.run("systemctl reboot", check=False)
        self._nspawn.wait(patience(60))
        self.boot()

    def freeze(self):
        """Shuts down, and returns the changes to the tree as a Layer for other containers."""
        self.shut_down()
        subprocess.run(["umount", self.root], check=True)
        return Layer(self._directory / "upper", _name())

    def close(self):
        """Kills the container and removes everything it left. May be called twice."""
        atexit.unregister(self.close)
        if self._nspawn and self._nspawn.poll() is None:
            # All its processes end with its PID 1; nspawn then cleans up.
            if getattr(self, "_leader", None):
                _kill(self._leader)
            try:
                self._nspawn.wait(patience(20))
            except subprocess.TimeoutExpired:
                self._nspawn.kill()
                self._nspawn.wait()
        _remove(self._directory)

    def sync_hosts(self):
        """Must be called after a change of the network namespace's names."""
        self._write_hosts()

    def _write_hosts(self):
        text = self.netns.hosts_text if self.netns else HOSTS
        (self.root / "etc/hosts").write_text(text)

    def _wait_for_leader(self):
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        for _ in until(30):
            if self._nspawn.poll() is not None:
                raise self._failure("systemd-nspawn ended")
            for pid in children.read_text().split():
                if _comm(pid) == "systemd":
                    return int(pid)
        raise self._failure("systemd-nspawn started no PID 1")

    def _wait_for_boot(self):
        for _ in until(90):
            if self._nspawn.poll() is not None:
                raise self._failure("systemd-nspawn ended")
            state = self.run("systemctl is-system-running --wait", check=False).stdout.strip()
            if state in ("running", "degraded"):
                return
        raise self._failure("it did not finish booting")

    def _failure(self, what):
        tail = self.console.read_text(errors="replace")[-3000:]
        return ContainerError(f"{self.release}: {what}\n{tail}")


def _name():
    """Returns a unique name, also if this process is in another pid namespace (in-tree)."""
    namespace = os.stat("/proc/self/ns/pid").st_ino
    return f"{PREFIX}{os.getpid()}-{next(_numbers)}-{namespace}"


class Layer:
    """The saved changes of a container. path is their directory."""

    def __init__(self, upper, name):
        self.path = Path("/var/tmp") / name
        upper.rename(self.path)
        atexit.register(self.remove)

    def remove(self):
        atexit.unregister(self.remove)
        shutil.rmtree(self.path, ignore_errors=True)


def sweep():
    """Removes the containers of test runs that were killed."""
    for path in Path("/var/tmp").glob(PREFIX + "*"):
        match = re.match(re.escape(PREFIX) + r"(\d+)-", path.name)
        if match and not Path("/proc", match.group(1)).exists():
            for pid in _nspawns_of(path):
                _kill(pid)
            _remove(path)


def _nspawns_of(directory):
    """Yields the nspawn processes of a directory, and their children, by nspawn's arguments."""
    wanted = f"--directory={directory}/root".encode()
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = cmdline.read_bytes().split(b"\0")
            if wanted in words:
                children = cmdline.parent / "task" / cmdline.parent.name / "children"
                yield from (int(pid) for pid in children.read_text().split())
                yield int(cmdline.parent.name)
        except OSError:
            continue


def _mount_overlay(lower, directory):
    for path in (directory, *(directory / name for name in ("upper", "work", "root"))):
        path.mkdir()
        path.chmod(0o755)
    options = f"lowerdir={':'.join(map(str, lower))},upperdir={directory}/upper,workdir={directory}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, directory / "root"],
                   check=True)


def _remove(directory):
    subprocess.run(["umount", "--quiet", "--lazy", directory / "root"], capture_output=True)
    shutil.rmtree(directory, ignore_errors=True)
    for base in _cgroup_bases():
        for path, _, _ in os.walk(base / directory.name, topdown=False):
            try:
                os.rmdir(path)
            except OSError:
                pass  # its processes are still exiting; an empty cgroup does no harm


def _cgroup_bases():
    """Yields the directories of our own cgroup in systemd's hierarchies, where we can add some."""
    own = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0" or controllers == "name=systemd":
            own["cgroup2" if number == "0" else "cgroup"] = path
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ", 1)
        kind, _, options = right.split(" ")
        if kind in own and (kind == "cgroup2" or "name=systemd" in options):
            yield Path(left.split(" ")[4] + own[kind])


def _make_cgroups(name):
    # Each container needs its own subtree, or two PID 1 would share one.
    paths = [base / name for base in _cgroup_bases()]
    for path in paths:
        path.mkdir(parents=True, exist_ok=True)
    return paths


def _join(cgroups):
    for path in cgroups:
        (path / "cgroup.procs").write_text(str(os.getpid()))


def _comm(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
