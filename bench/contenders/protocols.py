"""Python's asyncio: protocols, its fast form."""

import asyncio
import os
import signal
import socket
import sys

task = dict(each.split("=", 1) for each in sys.argv[1:])
role, kind = task["role"], task.get("kind", "tcp")
size, read, whole = int(task.get("size", 64)), int(task.get("read", 65536)), task.get("whole") == "1"
PERIOD = 251
pattern = bytes(i % PERIOD for i in range((1 << 20) + PERIOD))
messages = total = wrong = 0


def tell(*_):
    os.write(1, b'{"messages":%d,"bytes":%d,"wrong":%d}\n' % (messages, total, wrong))


class Stream(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport


class Echo(Stream):
    def data_received(self, data):
        self.transport.write(data)


class Sink(Stream):
    position = wrong = 0

    def data_received(self, data):
        at = self.position % PERIOD
        if whole:
            self.wrong += data != pattern[at : at + len(data)]
        else:
            self.wrong += (data[0] != at) + (data[-1] != (self.position + len(data) - 1) % PERIOD)
        self.position += len(data)

    def eof_received(self):
        self.transport.write(b"%d %d\n" % (self.position, self.wrong))


class Source(Stream):
    wanted = sent = 0
    line = b""
    writable = True

    def data_received(self, data):
        self.line += data
        if self.line.endswith(b"\n"):
            self.wanted = int(self.line)
            self.resume_writing()

    def pause_writing(self):
        self.writable = False

    def resume_writing(self):
        self.writable = True
        while self.writable and self.sent < self.wanted:
            at = self.sent % PERIOD
            length = min(read, self.wanted - self.sent)
            self.transport.write(pattern[at : at + length])
            self.sent += length
        if self.sent == self.wanted:
            self.transport.close()


class Accept(Stream):
    def connection_made(self, transport):
        transport.close()


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport


class DatagramEcho(Datagrams):
    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


class Receive(Datagrams):
    def datagram_received(self, data, address):
        global messages, total, wrong
        messages += 1
        total += len(data)
        if len(data) != size:
            wrong += 1
        elif whole:
            wrong += data != pattern[data[0] : data[0] + size]
        else:
            wrong += data[-1] != (data[0] + size - 1) % PERIOD


async def main():
    signal.signal(signal.SIGUSR2, tell)
    loop = asyncio.get_running_loop()
    if kind == "udp":
        protocol = {"echo": DatagramEcho, "receive": Receive}[role]
        transport, _ = await loop.create_datagram_endpoint(protocol, ("127.0.0.1", 0))
        where = transport.get_extra_info("sockname")[1]
    else:
        protocol = {"echo": Echo, "sink": Sink, "source": Source, "accept": Accept}[role]
        family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.bind(task["at"] if kind == "unix" else ("127.0.0.1", 0))
        make = loop.create_unix_server if kind == "unix" else loop.create_server
        await make(protocol, sock=listener, backlog=4096)
        where = task["at"] if kind == "unix" else listener.getsockname()[1]
    print("ready", where, flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
