# SPDX-License-Identifier: Apache-2.0
"""Compares the programs with others that do the same job, and prints Markdown: see run.

The Go helper is Debian sid's, downloaded once, and the installed one; ECR_LOGIN names another
docker-credential-ecr-login instead of sid's.

Not a test: nothing passes or fails. AWS is nginx in a network namespace, with the real host names
and one constant reply, so that it adds little to the time; clients trust it through the system's CA
directory and bundle, as on any host.
"""

import base64
import contextlib
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from aws.hosts import api_host  # noqa: E402
from lib.account import Account  # noqa: E402
from lib.ca import CA  # noqa: E402
from lib.container import CACHE, MIRROR  # noqa: E402
from lib.kube import Kube  # noqa: E402
from lib.netns import DEFAULT_ADDRESS, NetNS, end  # noqa: E402
from lib.patience import ServerError, wait_for_server  # noqa: E402
from lib.programs import installed  # noqa: E402
from lib.simulator import ACCESS_KEY_ID, ACCOUNT, SECRET_ACCESS_KEY  # noqa: E402

HERE = Path(__file__).resolve().parent
PACKAGE = "amazon-ecr-credential-helper"
REGION = "eu-central-1"
WARM_UP = 2
LOOPS = 3
AT_ONCE = 100
NAMESPACES = 500
MANY_REGIONS = [f"eu-bench-{n}" for n in range(1, 101)]
KEYS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY}
HELPER = "docker-credential-ecr-login"
CURL = ["curl", "--silent", "--fail", "--aws-sigv4", f"aws:amz:{REGION}:ecr",
        "--user", f"{ACCESS_KEY_ID}:{SECRET_ACCESS_KEY}",
        "--header", "Content-Type: application/x-amz-json-1.1", "--header",
        "X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        "--data", "{}", f"https://{api_host('ecr', REGION)}/"]
NGINX = """
daemon off; worker_processes 1; pid {directory}/pid; error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
    log_format line "$connection"; access_log {directory}/access.log line;
    client_body_temp_path {directory}; proxy_temp_path {directory};
    fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory};
    server {{
        listen {address}:443 ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
        location / {{ default_type application/x-amz-json-1.1; return 200 '{reply}'; }}
    }}
}}
"""
# Gives the service's root part its own /run and /var/lib, in `ip netns exec`'s mount namespace.
AS_SERVICE = 'mount --bind "$1/run" /run; mount --bind "$1/lib" /var/lib; shift; exec "$@"'


def registry(region):
    return f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com"


# AWS


def reply():
    token = base64.b64encode(b"AWS:" + base64.b64encode(os.urandom(1011))).decode()
    item = {"authorizationToken": token, "expiresAt": int(time.time()) + 12 * 3600 + 0.337,
            "proxyEndpoint": f"https://{registry(REGION)}"}
    return json.dumps({"authorizationData": [item]})


class Server:
    """nginx as AWS; counts requests and connections."""

    def __init__(self, netns, ca, directory):
        hosts = [api_host("ecr", region) for region in [REGION, *MANY_REGIONS]]
        netns.add_hosts(DEFAULT_ADDRESS, *hosts)
        certificate, key = ca.issue(*hosts)
        self.log = directory / "access.log"
        config = directory / "nginx.conf"
        config.write_text(NGINX.format(directory=directory, address=DEFAULT_ADDRESS,
                                       certificate=certificate, key=key, reply=reply()))
        log = directory / "nginx.log"
        with open(log, "w") as output:
            self.process = netns.popen(["nginx", "-p", directory, "-c", config, "-g", "user root;"],
                                       stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for_server("nginx", self.process, lambda: netns.listens(DEFAULT_ADDRESS, 443), log)
        except ServerError as error:
            sys.exit(str(error))

    def count(self):
        lines = self.log.read_text().split()
        return len(lines), len(set(lines))


def trust(netns, ca):
    """Adds the CA to those of the system, in the namespace alone."""
    ssl = netns.etc / "ssl"
    shutil.copytree("/etc/ssl", ssl, symlinks=True)
    bundle = ca.bundle.read_text()
    (ssl / "certs" / "bench.pem").write_text(bundle)
    with open(ssl / "certs" / "ca-certificates.crt", "a") as file:
        file.write(bundle)
    subprocess.run(["openssl", "rehash", ssl / "certs"], check=True, capture_output=True)


# The Go helper


@dataclass
class Helper:
    name: str
    path: object

    @property
    def get(self):
        return [self.path, "get"]


def helper(path):
    output = subprocess.run([path, "-v"], capture_output=True, text=True).stdout
    return Helper(f"Go helper {re.search(r'Version: *(.*)', output)[1]}", path)


def newest():
    """Returns Debian sid's helper, unpacked beside the C library that it needs, not installed."""
    path = CACHE / f"{PACKAGE}-sid"
    if not path.exists():
        partial = path.with_name(path.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        # A mirror may be older than sid's Valid-Until.
        subprocess.run(["mmdebstrap", "--quiet", "--variant=extract", f"--include={PACKAGE}",
                        "--aptopt=Acquire::Check-Valid-Until 0", "sid", partial, MIRROR],
                       stdin=subprocess.DEVNULL, check=True)
        partial.rename(path)
    return path / "usr/bin" / HELPER


def helpers():
    """Returns the helpers, newest first."""
    return [helper(os.environ.get("ECR_LOGIN") or newest()), helper(shutil.which(HELPER))]


# Measuring


@dataclass
class Case:
    """A row. stdin: its input file; cold: files to remove before each run; deep: whether to count
    system calls and instructions."""

    name: str
    argv: list
    stdin: object = "/dev/null"
    cold: tuple = ()
    deep: bool = True


@dataclass
class Figures:
    wall: float  # ms, median
    cpu: float  # ms, median
    memory: float  # MiB, largest
    requests: int = 0
    connections: int = 0
    syscalls: object = "–"
    instructions: object = "–"


class Bench:
    def __init__(self, runs, directory, start, server=None):
        """start(argv) runs argv in the right place and captures its output as text."""
        self.runs, self.start, self.server = runs, start, server
        self.directory, self.meter = directory, directory / "meter"

    def measure(self, cases, runs=None):
        """Returns (name, figures) of each. They take turns, so that a busy moment affects all."""
        rounds = [[self._once(case) for case in cases] for _ in range(WARM_UP + (runs or self.runs))]
        return [(case.name, self._figures(case, rows))
                for case, *rows in zip(cases, *rounds[WARM_UP:])]

    def _once(self, case):
        before = self._served()
        row = self._rows([*self._metered(case), *case.argv])[0]
        return (*row[:3], *(after - b for after, b in zip(self._served(), before)))

    def _figures(self, case, rows):
        wall, cpu, memory, requests, connections = zip(*rows)
        figures = Figures(statistics.median(wall) / 1000, statistics.median(cpu) / 1000,
                          max(memory) / 1024, max(requests), max(connections))
        if case.deep:
            self._once(case)  # creates the files that the row before has removed
            figures.syscalls = self._syscalls(self._metered(case), case.argv)
            figures.instructions = self._instructions(self._metered(case), case.argv)
        return figures

    def _metered(self, case):
        return [self.meter, "-i", case.stdin, *(word for f in case.cold for word in ("-r", f)), "--"]

    def _served(self):
        return self.server.count() if self.server else (0, 0)

    def _rows(self, argv):
        done = self.start(argv)
        rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
        if done.returncode != 0 or any(row[3] for row in rows):
            sys.exit(f"{argv} failed:\n{done.stdout}\n{done.stderr}")
        return rows

    def _syscalls(self, once, argv):
        done = self.start([*once, "strace", "-f", "-c", *argv])
        total = re.search(r"^100.00 +\S+ +\S* +(\d+) .*total$", done.stderr, re.MULTILINE)
        return int(total[1]) if total else "–"

    def _instructions(self, once, argv):
        done = self.start([*once, "valgrind", "--tool=callgrind", "--trace-children=yes",
                           "--callgrind-out-file=/dev/null", *argv])
        collected = re.findall(r"Collected : (\d+)", done.stderr)
        # A forked process continues counting from its parent's figure, so a sum would be wrong.
        good = len(collected) == 1 and done.stdout.split()[3] == "0"
        return f"{int(collected[0]) / 1e6:.1f}" if good else "–"


# The report


def table(rows):
    print("| | wall ms | cpu ms | RSS MiB | requests / connections | syscalls | instructions M |")
    print("|---|---|---|---|---|---|---|")
    for name, f in rows:
        print(f"| {name} | {f.wall:.1f} | {f.cpu:.1f} | {f.memory:.1f} "
              f"| {f.requests} / {f.connections} | {f.syscalls} | {f.instructions} |")
    print(flush=True)


def version(package):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True,
                          text=True).stdout


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal: +(\d+)", Path("/proc/meminfo").read_text())[1]
    release = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())[1]
    return (f"{os.cpu_count()} × {model[1] if model else os.uname().machine}, "
            f"{int(memory) >> 20} GiB, {release}, Linux {os.uname().release.split('-')[0]}")


def header(runs, theirs):
    print(f"""# What a run costs

Made with `sudo tests/bench/run {runs}` on {datetime.date.today()}.
{machine()}; OpenSSL {version("libssl3")}, curl {version("curl")},
{", ".join(one.name for one in theirs)}.

Medians of {runs} runs after {WARM_UP} to warm up; the rows of a table take turns. Memory is the
largest of all runs. cpu is the user and system time of the process and its children, without AWS's
side. AWS is nginx on this machine, with the real host names and one more CA certificate than the
system has. Instructions are those in user mode that callgrind counts; if a program executes another,
only those of the second. "–" could not be counted.
""")


def one_registry(bench, programs, user, theirs):
    fetch = programs / "libexec" / "ecr-refresher" / "ecr-fetch"
    refresher = programs / "bin" / "ecr-refresher"
    tokens = user.runtime_dir / "ecr-refresher" / "tokens.json"
    config, cache = user.home / ".docker/config.json", user.home / ".ecr/cache.json"
    host = user.write("host", registry(REGION))
    user.write(".config/ecr-refresher.ini", f"[user {user.name}]\nregistries = {registry(REGION)}\n")
    print("## One registry\n")
    print("`ecr-fetch` and `ecr-refresher` in user mode; the helper's `get` with the host on its\n"
          "standard input. Cold: without a token and without a cache.\n")
    table(bench.measure([
        Case("an empty program (`true`)", ["true"]),
        Case("`ecr-fetch`, cold", [fetch], cold=(tokens,)),
        Case("`ecr-refresher refresh`, cold, no config.json", [refresher, "refresh"],
             cold=(tokens, config)),
        *(Case(f"{one.name}, cold", one.get, stdin=host, cold=(cache,)) for one in theirs),
        Case("`curl --aws-sigv4`", CURL),
        Case("`ecr-fetch`, nothing to do", [fetch]),
        Case("`ecr-refresher refresh`, nothing to do", [refresher, "refresh"]),
        *(Case(f"{one.name}, warm cache", one.get, stdin=host) for one in theirs),
    ]))


def in_a_loop(user, one, hosts):
    lines = (f"echo {host} | {one.path} get\n" for host in hosts)
    return user.write(f"loop-{one.name.split()[-1]}", "set -e\n" + "".join(lines))


def many_regions(bench, programs, user, theirs):
    fetch = programs / "libexec" / "ecr-refresher" / "ecr-fetch"
    tokens = user.runtime_dir / "ecr-refresher" / "tokens.json"
    cache = user.home / ".ecr/cache.json"
    hosts = [registry(region) for region in MANY_REGIONS]
    user.write(".config/ecr-refresher.ini",
               f"[user {user.name}]\nregistries = " + "\n        ".join(hosts) + "\n")
    print(f"## {len(hosts)} regions\n")
    print(f"One run of `ecr-fetch`, and {len(hosts)} of the helper (median of {LOOPS}).\n")
    loops = [Case(f"{one.name} in a loop, cold", ["sh", in_a_loop(user, one, hosts)], cold=(cache,),
                  deep=False) for one in theirs]
    table(bench.measure([
        Case("`ecr-fetch`, cold", [fetch], cold=(tokens,)),
        Case("`ecr-fetch`, nothing to do", [fetch]),
    ]) + bench.measure(loops, LOOPS))


def at_once(argv, stdin, n):
    """Returns a script that runs n processes at the same time, and fails if one fails."""
    return (f"pids=\nfor i in $(seq {n}); do {' '.join(map(str, argv))} < {stdin} > /dev/null &"
            " pids=\"$pids $!\"; done\nfor pid in $pids; do wait $pid || exit 1; done\n")


def answers(bench, programs, user, theirs):
    """Measures what a pull waits for, for a user without the service and with it."""
    ours = [programs / "bin/docker-credential-ecr-refresher", "get"]
    host = user.write("host", registry(REGION))
    if user.run(ours, env=KEYS, stdin=open(host)).returncode != 0:
        sys.exit("docker-credential-ecr-refresher returned no credentials")
    our_cache = tuple((user.home / ".cache/ecr-refresher").glob("*.json"))
    their_cache = (user.home / ".ecr/cache.json",)

    def many(name, argv):
        return ["sh", user.write(f"many-{name.split()[-1]}", at_once(argv, host, AT_ONCE))]

    rows = bench.measure([
        Case("an empty program (`true`)", ["true"]),
        Case("ours, cold", ours, stdin=host, cold=our_cache),
        *(Case(f"{one.name}, cold", one.get, stdin=host, cold=their_cache) for one in theirs),
        Case("ours, warm cache", ours, stdin=host),
        *(Case(f"{one.name}, warm cache", one.get, stdin=host) for one in theirs),
    ]) + bench.measure([
        Case(f"ours, {AT_ONCE} at once, cold", many("ours", ours), cold=our_cache, deep=False),
        *(Case(f"{one.name}, {AT_ONCE} at once, cold", many(one.name, one.get), cold=their_cache,
               deep=False) for one in theirs),
    ], LOOPS)
    user.write(".config/ecr-refresher.ini", f"[user {user.name}]\nregistries = {registry(REGION)}\n")
    user.run([programs / "bin/ecr-refresher", "refresh"], env=KEYS)
    return rows + bench.measure([Case("ours, the service's token", ours, stdin=host)])


def at_pull_time(bench, programs, user, theirs):
    print("## At pull time\n")
    print("`docker-credential-ecr-refresher get` and `docker-credential-ecr-login get`, with the host on\n"
          f"standard input; the rows of {AT_ONCE} at once are medians of {LOOPS}.\n")
    table(answers(bench, programs, user, theirs))


class Cluster:
    """Counts the requests and connections to an API server."""

    def __init__(self, kube):
        self.kube, self.counted = kube, (0, 0)

    def count(self):
        state = self.kube.snapshot()
        self.kube.forget()
        fresh = len(state["requests"]), state["connections"]
        self.counted = tuple(map(sum, zip(self.counted, fresh)))
        return self.counted


def cluster(bench, programs, user, kube):
    publish = programs / "libexec/ecr-refresher/ecr-publish"
    kube.add_namespaces(*(f"team-{i}" for i in range(NAMESPACES)))
    user.write(".kube/config", json.dumps(kube.kubeconfig()))
    none = user.write("no-cluster.ini", f"[user {user.name}]\nregistries = {registry(REGION)}\n")
    one = user.write("cluster.ini", "[kubernetes here]\nkubeconfig = ~/.kube/config\n"
                     f"namespaces = *\nregistries = {registry(REGION)}\n")
    refreshed = user.run([programs / "bin/ecr-refresher", "--config", one, "refresh"], env=KEYS)
    if refreshed.returncode != 0 or len(kube.all("secrets")) != NAMESPACES:
        sys.exit(f"ecr-publish did not write every Secret: {refreshed.stderr}")
    record = user.home / ".local/state/ecr-refresher/published.json"
    print("## A cluster\n")
    print(f"`ecr-publish` and a Secret in each of {NAMESPACES} namespaces. The API server is a simulator\n"
          "in Python on the same machine and takes most of the wall time; requests and connections are\n"
          "those to it.\n")
    # Not in turns: a run without the cluster in its ini drops it from the record.
    table(bench.measure([
        Case("the cluster is no longer in the ini", [publish, "--config", none]),
    ]) + bench.measure([
        Case("nothing to do", [publish, "--config", one]),
    ], LOOPS) + bench.measure([
        Case("every Secret is sent", [publish, "--config", one], cold=(record,), deep=False),
    ], LOOPS))


def writer(bench, programs, netns, users):
    """Measures the unit's second stage, as root: two rows."""
    directory = bench.directory / f"{len(users)}-users"
    for name in ("run", "lib/ecr-refresher/written", "lib/ecr-refresher/users"):
        (directory / name).mkdir(parents=True)
    ini = directory / "ecr-refresher.ini"
    ini.write_text(f"[aws]\nregion = {REGION}\n" + "".join(
        f"[user {user.name}]\nregistries = {registry(REGION)}\n" for user in users))
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **KEYS}

    def start(argv):
        return netns.run(["bash", "-c", AS_SERVICE, "service", directory, *argv], env=env,
                         capture_output=True, text=True)

    program = [programs / "bin/ecr-refresher", "--config", ini]
    refreshed = start([*program, "refresh"])
    if refreshed.returncode != 0:
        sys.exit(f"refresh failed: {refreshed.stderr}")
    files = tuple(user.home / ".docker/config.json" for user in users)
    name = "1 user" if len(users) == 1 else f"{len(users)} users"
    return Bench(bench.runs, bench.directory, start).measure([
        Case(f"{name}, every file is missing", [*program, "write"], cold=files),
        Case(f"{name}, nothing to do", [*program, "write"]),
    ])


@contextlib.contextmanager
def service_account():
    """Creates the account that runs the network part for root, unless it exists."""
    sysusers = HERE.parent.parent / "etc" / "sysusers.conf"
    made = subprocess.run(["id", "ecr-refresher"], capture_output=True).returncode != 0
    if made:
        subprocess.run(["systemd-sysusers", sysusers], check=True, capture_output=True)
    try:
        yield
    finally:
        if made:
            subprocess.run(["userdel", "--force", "ecr-refresher"], capture_output=True)


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 31
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        directory = Path(enter(tempfile.TemporaryDirectory(prefix="ecr-test-bench-")))
        directory.chmod(0o755)
        subprocess.run(["cc", "-O2", "-static", "-o", directory / "meter", HERE / "meter.c"],
                       check=True)
        programs, netns = enter(installed(["--buildtype=release"])), enter(NetNS("bench"))
        users = [enter(Account(netns)) for _ in range(3)]
        ca = CA(directory / "ca")
        trust(netns, ca)
        server = Server(netns, ca, directory)
        stack.callback(end, server.process)

        def bench_as(user, counted=server):
            return Bench(runs, directory, lambda argv: user.run(argv, env=KEYS), counted)

        theirs = helpers()
        header(runs, theirs)
        one_registry(bench_as(users[0]), programs, users[0], theirs)
        many_regions(bench_as(users[0]), programs, users[0], theirs)
        at_pull_time(bench_as(users[1]), programs, users[1], theirs)
        kube = enter(Kube(netns))
        cluster(bench_as(users[2], Cluster(kube)), programs, users[2], kube)
        enter(service_account())
        print("## `ecr-refresher write`, as root\n")
        bench = bench_as(users[0])
        table(writer(bench, programs, netns, users[:1]) + writer(bench, programs, netns, users))


if __name__ == "__main__":
    main()
