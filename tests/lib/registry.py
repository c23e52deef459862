#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real registry (Debian's docker-registry) under ECR's own host names.

It listens on port 443 of an address of a network namespace, with a certificate of the tests' CA,
and accepts the password in an htpasswd file. The AWS simulator writes the hash of its latest token
to that file (--htpasswd), so the registry accepts what ECR's API issued last. The registry reads
the file again after each change.

It has one small image, made here from busybox: `docker run` of it prints MESSAGE.

    host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    with NetNS() as net, Simulator(net, htpasswd=file) as sim:
        with Registry(net, sim.ca, file, [host]) as registry:
            net.run(["skopeo", "inspect", f"docker://{host}/{IMAGE}"], env=…)
            registry.requests()
"""

import atexit
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from lib.netns import end
from lib.patience import wait_for_server

IMAGE = "demo:latest"
MESSAGE = "pulled with an entry that ecr-refresher wrote"
PACKAGES = ["docker-registry", "skopeo", "busybox-static"]
BUSYBOX = "/bin/busybox"

_ACCESS = re.compile(r'^\S+ \S+ \S+ \[[^]]*\] "(\S+) (\S+) HTTP/[\d.]+" (\d+) \d+ "[^"]*" "([^"]*)"$')


class RegistryError(Exception):
    pass


def missing_packages():
    """Returns the Debian packages that this module needs and the machine lacks."""
    tools = zip(PACKAGES, ["docker-registry", "skopeo", BUSYBOX])
    return [package for package, tool in tools if not shutil.which(tool)]


class Registry:
    """A running registry.

    hosts      its names, which then resolve to address in the namespace
    htpasswd   the file with the accepted passwords, created if missing; None: no password needed
    auth       the registry's "auth", if not htpasswd
    """

    def __init__(self, netns, ca, htpasswd, hosts, address="198.51.100.20", auth=None):
        self.netns, self.hosts, self.address = netns, list(hosts), address
        self.htpasswd, self._auth = htpasswd, auth
        self._directory = Path(tempfile.mkdtemp(prefix="ecr-test-registry-"))
        self._process = None
        atexit.register(self.stop)
        if htpasswd:
            Path(htpasswd).touch()
        netns.add_address(address)
        netns.add_hosts(address, *self.hosts)
        try:
            self._fill()
            self._serve(htpasswd, *ca.issue(*self.hosts))
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def requests(self):
        """Returns the requests of clients so far: (method, path, status, user agent), oldest first."""
        lines = (self._directory / "access.log").read_text().splitlines()
        return [(m[1], m[2], int(m[3]), m[4]) for m in map(_ACCESS.match, lines) if m]

    def forget_requests(self):
        os.truncate(self._directory / "access.log", 0)

    def stop(self):
        """Ends the registry. May be called twice."""
        atexit.unregister(self.stop)
        if self._process:
            end(self._process)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _popen(self, config, access_log):
        path = self._directory / "config.yml"
        path.write_text(json.dumps(config))  # JSON is YAML
        with open(access_log, "a") as out, open(self._directory / "error.log", "a") as err:
            argv = ["docker-registry", "serve", path]
            return self.netns.popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def _config(self, **http):
        return {
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": str(self._directory / "storage")}},
            "http": {"secret": "of the tests", **http},
        }

    def _fill(self):
        """Adds the image through another registry with the same storage and no password."""
        archive = self._directory / "image.tar"
        write_image(archive)
        process = self._popen(self._config(addr="127.0.0.1:5000"), os.devnull)
        try:
            self._wait_for(process, "127.0.0.1", 5000)
            copy = ["skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false"]
            copy += [f"docker-archive:{archive}", f"docker://127.0.0.1:5000/{IMAGE}"]
            pushed = self.netns.run(copy, capture_output=True, text=True)
            if pushed.returncode != 0:
                raise RegistryError("skopeo could not push the image: " + pushed.stderr)
        finally:
            end(process)

    def _serve(self, htpasswd, certificate, key):
        tls = {"certificate": str(certificate), "key": str(key)}
        config = self._config(addr=f"{self.address}:443", tls=tls)
        if self._auth:
            config["auth"] = self._auth
        elif htpasswd:
            config["auth"] = {"htpasswd": {"realm": "ecr", "path": str(htpasswd)}}
        self._process = self._popen(config, self._directory / "access.log")
        self._wait_for(self._process, self.address, 443)

    def _wait_for(self, process, address, port):
        wait_for_server("docker-registry", process, lambda: self.netns.listens(address, port),
                        self._directory / "error.log")


def _add(tar, name, data, mode=0o644):
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), mode
    tar.addfile(member, io.BytesIO(data))


def _layer():
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar, open(BUSYBOX, "rb") as busybox:
        _add(tar, "bin/busybox", busybox.read(), 0o755)
    return layer.getvalue()


def write_image(path):
    """Writes an image of one file in the format of `docker save`."""
    layer = _layer()
    config = {
        "architecture": os.uname().machine.replace("x86_64", "amd64").replace("aarch64", "arm64"),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {"Cmd": ["/bin/busybox", "echo", MESSAGE]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
        "history": [{"created": "1970-01-01T00:00:00Z"}],
    }
    manifest = [{"Config": "config.json", "RepoTags": [], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as tar:
        _add(tar, "config.json", json.dumps(config).encode())
        _add(tar, "layer.tar", layer)
        _add(tar, "manifest.json", json.dumps(manifest).encode())
