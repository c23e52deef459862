#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real registry (Debian's docker-registry) under ECR's own host names.

It listens on port 443 of an address of a network namespace, with a certificate of the tests' own
CA, and lets in whoever has the password that stands in an htpasswd file. The AWS simulator keeps
the hash of its latest token there (--htpasswd), so what opens the registry is what ECR's API gave
out last. The registry reads the file anew whenever it has changed.

There is one small image in it, made here from busybox: `docker run` of it prints MESSAGE.

    with Registry(netns, ca, htpasswd, ["123456789012.dkr.ecr.eu-central-1.amazonaws.com"]) as r:
        netns.run(["skopeo", "inspect", f"docker://{r.hosts[0]}/{IMAGE}"])
        r.requests()
"""

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time

IMAGE = "demo:latest"
MESSAGE = "pulled with an entry that ecr-refresher wrote"
PACKAGES = ["docker-registry", "skopeo", "busybox-static"]
BUSYBOX = "/bin/busybox"
DEADLINE = 20

_ACCESS = re.compile(r'^\S+ - \S+ \[[^]]*\] "(\S+) (\S+) HTTP/[\d.]+" (\d+) \d+ "[^"]*" "([^"]*)"$')


class RegistryError(Exception):
    pass


def missing_packages():
    """The Debian packages this needs and the machine does not have."""
    tools = zip(PACKAGES, ["docker-registry", "skopeo", BUSYBOX])
    return [package for package, tool in tools if not shutil.which(tool)]


class Registry:
    def __init__(self, netns, ca, htpasswd, hosts, address="192.0.2.80", workdir=None):
        """netns and ca are netns.NetNS and ca.CA; hosts are names that lead to address in netns."""
        self.netns, self.ca, self.htpasswd = netns, ca, str(htpasswd)
        self.hosts, self.address = list(hosts), address
        self._workdir, self._own_workdir = workdir, workdir is None
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        if self._own_workdir:
            self._workdir = tempfile.mkdtemp(prefix="ecr-registry-")
        try:
            self._fill()
            self._serve()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self._process:
            _end(self._process)
            self._process = None
        if self._own_workdir and self._workdir:
            shutil.rmtree(self._workdir, ignore_errors=True)
            self._workdir = None

    def requests(self):
        """What clients asked for so far: (method, path, status, user agent), oldest first."""
        with open(self._path("access.log")) as log:
            matches = [_ACCESS.match(line.rstrip("\n")) for line in log]
        return [(m[1], m[2], int(m[3]), m[4]) for m in matches if m]

    def forget_requests(self):
        os.truncate(self._path("access.log"), 0)

    def _path(self, name):
        return os.path.join(self._workdir, name)

    def _popen(self, config, access_log):
        path = self._path("config.yml")
        with open(path, "w") as file:
            json.dump(config, file)  # JSON is YAML
        with open(access_log, "a") as out, open(self._path("error.log"), "a") as err:
            return self.netns.popen(
                ["docker-registry", "serve", path], stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    def _config(self, **http):
        return {
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": self._path("storage")}},
            "http": {"secret": "of the tests", **http},
        }

    def _fill(self):
        """Puts the image in, through a registry of the same storage that asks for no password."""
        archive, address = self._path("image.tar"), "127.0.0.1:5000"
        write_image(archive)
        process = self._popen(self._config(addr=address), os.devnull)
        try:
            self._wait_for(process, "127.0.0.1", 5000)
            pushed = self.netns.run(
                ["skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false"]
                + ["docker-archive:" + archive, f"docker://{address}/{IMAGE}"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )
            if pushed.returncode != 0:
                raise RegistryError("skopeo could not push the image: " + pushed.stdout)
        finally:
            _end(process)

    def _serve(self):
        certificate, key = self.ca.issue(self.hosts)
        config = self._config(
            addr=f"{self.address}:443", tls={"certificate": str(certificate), "key": str(key)}
        )
        config["auth"] = {"htpasswd": {"realm": "ecr", "path": self.htpasswd}}
        self._process = self._popen(config, self._path("access.log"))
        self._wait_for(self._process, self.address, 443)

    def _wait_for(self, process, address, port):
        connect = ["bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"]
        deadline = time.monotonic() + DEADLINE
        while self.netns.run(connect, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            if process.poll() is not None or time.monotonic() > deadline:
                with open(self._path("error.log")) as log:
                    raise RegistryError(f"docker-registry does not answer: {log.read()}")
            time.sleep(0.05)


def _end(process):
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()
    process.wait()


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
    """An image of one file, as `docker save` would write it."""
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
