"""Python's own blocking socket: round trips."""

import json
import signal
import socket
import sys
import time

task = dict(each.split("=", 1) for each in sys.argv[1:])
size = int(task.get("size", 64))
PERIOD = 251
pattern = bytes(i % PERIOD for i in range(65536 + PERIOD))


def trips(peer, ms, least):
    start = time.monotonic()
    until, longest = start + ms / 1e3, start + 15 * ms / 1e3
    n = 0
    while (now := time.monotonic()) < until or (n < least and now < longest):
        message = pattern[n % PERIOD : n % PERIOD + size]
        peer.sendall(message)
        answer = peer.recv(size)
        while len(answer) < size:
            answer += peer.recv(size - len(answer))
        if answer != message:
            sys.exit("wrong bytes")
        n += 1
    return n


peer = socket.create_connection(("127.0.0.1", int(task["to"])))
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
trips(peer, float(task.get("warm", 100)), 1)
print("warm", flush=True)
if not sys.stdin.readline():
    sys.exit(1)
start = time.monotonic()
n = trips(peer, float(task.get("ms", 500)), int(task.get("count", 1)))
seconds = time.monotonic() - start
print(json.dumps({"messages": n, "bytes": n * size, "seconds": seconds, "idle": 0, "lost": 0}), flush=True)
signal.pause()
