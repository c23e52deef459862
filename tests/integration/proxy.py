#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A tiny CONNECT proxy: proxy.py ADDRESS PORT LOG. Appends each CONNECT line and any
Proxy-Authorization to LOG. Replies 403 for hosts in the environment variable REFUSE."""

import os
import select
import socket
import sys
import threading


def main():
    address, port, log = sys.argv[1:]
    listener = socket.create_server((address, int(port)))
    print("ready", flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, log), daemon=True).start()


def serve(client, log):
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 65536:
        data = client.recv(65536)
        if not data:
            return
        head += data
    lines = head.decode("latin-1").split("\r\n")
    with open(log, "a") as file:
        file.write("".join(line + "\n" for line in lines
                           if line.startswith(("CONNECT", "POST", "Proxy-Authorization"))))
    method, target, _ = lines[0].split()
    host, _, port = target.rpartition(":")
    if method != "CONNECT" or host in os.environ.get("REFUSE", "").split():
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        client.close()
        return
    with socket.create_connection((host, int(port))) as server:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        relay(client, server)
    client.close()


def relay(one, other):
    while True:
        for source in select.select([one, other], [], [])[0]:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


if __name__ == "__main__":
    main()
