# SPDX-License-Identifier: Apache-2.0
"""A journal socket for programs under test, which the test reads instead of journald.

    with Journal() as journal:
        subprocess.run(journal.command(["logger", "--journald", …]))
        assert journal.entries() == [{"MESSAGE": …}]

The protocol: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
"""

import os
import shutil
import socket
import tempfile
from pathlib import Path

MOUNT = 'mount --bind "$0" /run/systemd && exec "$@"'
MAX_SIZE = 1 << 20


class Journal:
    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="ecr-test-journal-"))
        self.directory.chmod(0o755)
        path = self.directory / "journal" / "socket"
        path.parent.mkdir()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))
        path.chmod(0o666)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def command(self, argv):
        """Returns the argv that runs argv with this journal. It needs root; argv may then change
        to any user."""
        words = [os.fspath(word) for word in argv]
        return ["unshare", "--mount", "sh", "-c", MOUNT, str(self.directory), *words]

    def entries(self):
        """Returns the entries since the last call, oldest first, as dicts of text. A field that
        occurs more than once is a list."""
        found = []
        while True:
            try:
                data, files, _, _ = socket.recv_fds(self._socket, MAX_SIZE, 1)
            except BlockingIOError:
                return found
            for file in files:  # a large entry
                with open(file, "rb") as large:
                    large.seek(0)
                    data += large.read()
            found.append(parse(data))

    def close(self):
        self._socket.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def parse(data):
    entry = {}
    while data:
        line, _, data = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(data[:8], "little")
            value, data = data[8:8 + size], data[9 + size:]
        _add(entry, name.decode(), value.decode())
    return entry


def _add(entry, name, value):
    if name not in entry:
        entry[name] = value
    elif isinstance(entry[name], list):
        entry[name].append(value)
    else:
        entry[name] = [entry[name], value]
