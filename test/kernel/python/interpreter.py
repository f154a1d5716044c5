"""Takes the steps of scenarios with Python's socket module and tells what came of each; steps.ts has the language.

interpreter.py all FOLDER          {scenarios} on stdin, their outcomes on stdout, as JSON
interpreter.py peer FOLDER IN OUT  a scenario on each line of the pipe IN, its outcomes on a line of the pipe OUT
"""

import array
import errno
import functools
import hashlib
import io
import json
import os
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import warnings

# Sockets that a scenario left open are closed by the interpreter.
warnings.simplefilter('ignore')

FAMILIES = {'inet': socket.AF_INET, 'inet6': socket.AF_INET6, 'unix': socket.AF_UNIX}
TYPES = {'stream': socket.SOCK_STREAM, 'dgram': socket.SOCK_DGRAM, 'seqpacket': socket.SOCK_SEQPACKET}
GAI = {getattr(socket, name): name for name in dir(socket) if name.startswith('EAI_')}
# One number has two names.
ERRNO = {**errno.errorcode, errno.EOPNOTSUPP: 'EOPNOTSUPP'}
FLAGS = {name: getattr(socket, name) for name in dir(socket) if name.startswith('MSG_')}


class Stuck(Exception):
    pass


def stuck(*_):
    raise Stuck


def failure(error):
    """The one word that an error is compared by."""
    if isinstance(error, socket.gaierror):
        return GAI.get(error.errno, str(error.errno))
    if isinstance(error, io.UnsupportedOperation):
        return 'ValueError'
    if isinstance(error, OSError):
        if error.errno is not None:
            return ERRNO[error.errno]
        # Without an errno it is a time-out, or the module's own check of a path's length.
        return 'timeout' if isinstance(error, TimeoutError) else 'RangeError'
    if isinstance(error, OverflowError):
        return 'RangeError'
    for kind in TypeError, ValueError, Stuck:
        if isinstance(error, kind):
            return kind.__name__
    return f'broken: {error!r}'


def number(value):
    """Constants go by name: 'MSG_PEEK|MSG_TRUNC'."""
    if isinstance(value, str) and value[:1].isupper():
        return functools.reduce(int.__or__, (getattr(socket, name) for name in value.split('|')))
    return value


def data(value):
    """Bytes are given as text, or as {'fill': count}."""
    if isinstance(value, dict) and 'fill' in value:
        return (bytes(range(251)) * (value['fill'] // 251 + 1))[: value['fill']]
    return value.encode() if isinstance(value, str) else value


def shown(value):
    """Bytes in an outcome: what they say, or, of many, how many they are and their digest."""
    value = bytes(value)
    if len(value) > 64:
        return f'{len(value)} bytes {hashlib.sha256(value).hexdigest()[:16]}'
    return value.hex()


def seconds(ms):
    return ms / 1000 if isinstance(ms, (int, float)) else ms


def kind_of(fd):
    mode = os.fstat(fd).st_mode
    for name in 'SOCK', 'FIFO', 'REG', 'CHR':
        if getattr(stat, f'S_IS{name}')(mode):
            return name


def close_on_exec(fd):
    with open(f'/proc/self/fdinfo/{fd}') as info:
        flags = next(line for line in info if line.startswith('flags:'))
    return bool(int(flags.split()[1], 8) & os.O_CLOEXEC)


class Peer:
    """Another process with an interpreter."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [sys.executable, __file__, 'peer', folder, '-', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def start(self, scenario):
        self.process.stdin.write(json.dumps(scenario).encode() + b'\n')
        self.process.stdin.flush()

    def join(self):
        return json.loads(self.process.stdout.readline())


class Interpreter:
    def __init__(self, scenario, folder, peer=None):
        self.family, self.type = scenario['kind'].split()
        self.steps = scenario['steps']
        self.folder = scenario.get('folder') or os.path.join(folder, str(scenario['number']))
        self.peer = peer
        # Sockets, and descriptors as numbers.
        self.named = dict(scenario.get('named', {}))
        os.makedirs(self.folder, exist_ok=True)
        self.before = len(os.listdir('/proc/self/fd'))

    def run(self):
        try:
            return [self.outcome(step) for step in self.steps]
        finally:
            socket.setdefaulttimeout(None)
            for each in self.named.values():
                try:
                    os.close(each) if isinstance(each, int) else each.close()
                except OSError:
                    pass

    def outcome(self, step):
        signal.setitimer(signal.ITIMER_REAL, 10)
        try:
            # `as` is no name for a parameter.
            given = {'as_' if key == 'as' else key: step[key] for key in step if key not in ('op', 'differs')}
            return getattr(self, step['op'])(**given)
        except Exception as error:
            return {'error': failure(error)}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    # What steps are about

    def name(self, name, each):
        self.named[name] = each

    def fd(self, name):
        if not isinstance(name, str):
            return name
        each = self.named[name]
        return each if isinstance(each, int) else each.fileno()

    def kind(self, kind):
        family, type = kind.split() if kind else (self.family, self.type)
        return FAMILIES[family], TYPES[type]

    def address(self, given, family=None):
        family = family or self.family
        if given == 'fresh':
            if family == 'unix':
                return os.path.join(self.folder, f's{len(os.listdir(self.folder))}')
            return ('127.0.0.1' if family == 'inet' else '::1', 0)
        if given == 'nobody':
            if family == 'unix':
                return os.path.join(self.folder, 'nobody')
            with socket.socket(*self.kind(f'{family} {self.type}')) as passing:
                passing.bind(self.address('fresh', family))
                return passing.getsockname()
        if not isinstance(given, dict):
            return given
        if 'of' in given:
            of = self.named[given['of']].getsockname()
            return (given['host'], *of[1:]) if 'host' in given else of
        if 'path' in given:
            if given['path'] == '':
                return ''
            path = os.path.join(self.folder, given['path'])
            return path.ljust(given.get('length', 0), 'x')
        if 'abstract' in given:
            return b'\0' + self.abstract(given['abstract'])
        more = (given.get('flowinfo', 0), given.get('scopeId', 0)) if len(given) > 2 else ()
        return (given['host'], given['port'], *more)

    def abstract(self, name):
        return f'{self.folder}#{name}'.encode()

    def told(self, address):
        """An address in an outcome."""
        if isinstance(address, tuple):
            host, port, *more = address
            told = {'host': host, 'port': port}
            if more:
                told.update(flowinfo=more[0], scopeId=more[1])
            return told
        if isinstance(address, bytes):
            name = address[1:].decode()
            return {'abstract': name.removeprefix(f'{self.folder}#')}
        if isinstance(address, str):
            return {'path': address.removeprefix(f'{self.folder}/')}
        return address

    def control(self, control):
        return [self.control_message(*next(iter(each.items()))) for each in control]

    def control_message(self, kind, value):
        if kind == 'rights':
            fds = array.array('i', [self.fd(each) for each in value])
            return socket.SOL_SOCKET, socket.SCM_RIGHTS, fds
        if kind == 'credentials':
            pid = {'self': os.getpid()}.get(value['pid'], value['pid'])
            return socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack('iII', pid, value['uid'], value['gid'])
        return number(value['level']), number(value['type']), data(value['data'])

    def control_told(self, control, name):
        told = []
        for level, type, value in control:
            if (level, type) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds = array.array('i', value[: len(value) // 4 * 4])
                told.append({'rights': self.received(fds, name)})
            elif (level, type) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS) and len(value) == 12:
                pid, uid, gid = struct.unpack('iII', value)
                told.append({'credentials': {'pid': 'self' if pid == os.getpid() else 'other', 'uid': uid, 'gid': gid}})
            else:
                told.append({'level': level, 'type': type, 'data': shown(value)})
        return told

    def received(self, fds, name):
        """Names for what came: r0, r1, …"""
        for i, fd in enumerate(fds):
            self.name(f'{name}{i}', fd)
        return [kind_of(fd) for fd in fds]

    def message_told(self, value, control, flags, address, name):
        names = sorted(each for each in FLAGS if flags & FLAGS[each])
        return [value, self.control_told(control, name), names, self.told(address)]

    def space(self, control):
        """Room for control messages: a number, or the lengths that CMSG_SPACE is asked for."""
        if isinstance(control, list):
            return sum(socket.CMSG_SPACE(each) for each in control)
        return control

    # Making sockets

    def socket(self, as_='a', kind=None, family=None, type=None, protocol=0, fileno=None):
        given = (number(family), number(type))
        protocol = number(protocol)
        if family is None and type is None:
            given = (-1, -1) if fileno is not None else self.kind(kind)
        if fileno is not None:
            # As with any adoption: who owns the number now is the new socket.
            self.name(as_, socket.socket(*given, protocol or -1, fileno=self.fd(fileno)))
            if isinstance(fileno, str):
                self.named.pop(fileno)
        else:
            self.name(as_, socket.socket(*given, protocol))

    def socketpair(self, as_=('a', 'b'), kind=None, family=None, type=None):
        given = self.kind(kind) if family is None and type is None else (number(family), number(type))
        for name, each in zip(as_, socket.socketpair(*given)):
            self.name(name, each)

    def listener(self, as_='l', kind=None):
        family, type = self.kind(kind)
        listener = socket.socket(family, type)
        self.name(as_, listener)
        listener.bind(self.address('fresh', kind and kind.split()[0]))
        listener.listen()

    def pair(self, as_=('a', 'b'), kind=None):
        """Two sockets connected to each other: the first is who connected."""
        family, type = self.kind(kind)
        client = socket.socket(family, type)
        server = socket.socket(family, type)
        server.bind(self.address('fresh'))
        if type == socket.SOCK_DGRAM:
            client.bind(self.address('fresh'))
            client.connect(server.getsockname())
            server.connect(client.getsockname())
            self.name(as_[1], server)
        else:
            server.listen()
            client.connect(server.getsockname())
            self.name(as_[1], server.accept()[0])
            server.close()
        self.name(as_[0], client)

    def fromfd(self, on, as_, kind=None):
        self.name(as_, socket.fromfd(self.fd(on), *self.kind(kind)))

    def dup(self, on, as_):
        self.name(as_, self.named[on].dup())

    def create_connection(self, address, as_='a', timeout=None, source=None):
        more = {} if timeout is None else {'timeout': seconds(timeout)}
        more.update({} if source is None else {'source_address': self.address(source)})
        self.name(as_, socket.create_connection(self.address(address)[:2], **more))

    def create_server(self, address, as_='l', **options):
        family = FAMILIES[self.family]
        self.name(as_, socket.create_server(self.address(address)[:2], family=family, **options))

    # The verbs that act at once

    def attributes(self, on):
        each = self.named[on]
        return [each.family.value, each.type.value, each.proto]

    def bind(self, on, address):
        return self.named[on].bind(self.address(address))

    def listen(self, on, **more):
        return self.named[on].listen(*more.values())

    def close(self, on):
        return self.named[on].close()

    def detach(self, on, as_=None):
        fd = self.named[on].detach()
        if fd >= 0:
            self.name(as_ or f'{on}-detached', fd)
        return min(fd, 0)

    def fileno(self, on):
        return min(self.named[on].fileno(), 0)

    def getsockname(self, on):
        return self.told(self.named[on].getsockname())

    def getpeername(self, on):
        return self.told(self.named[on].getpeername())

    def getsockopt(self, on, level, option, **size):
        value = self.named[on].getsockopt(number(level), number(option), *size.values())
        return shown(value) if isinstance(value, bytes) else value

    def setsockopt(self, on, level, option, value):
        return self.named[on].setsockopt(number(level), number(option), data(value))

    def shutdown(self, on, how):
        return self.named[on].shutdown(number(how))

    def settimeout(self, on, ms):
        return self.named[on].settimeout(seconds(ms))

    def gettimeout(self, on):
        timeout = self.named[on].gettimeout()
        return None if timeout is None else round(timeout * 1000)

    def setblocking(self, on, blocking):
        return self.named[on].setblocking(blocking)

    def getblocking(self, on):
        return self.named[on].getblocking()

    def get_inheritable(self, on):
        return self.named[on].get_inheritable()

    def set_inheritable(self, on, inheritable):
        return self.named[on].set_inheritable(inheritable)

    def setdefaulttimeout(self, ms):
        return socket.setdefaulttimeout(seconds(ms))

    def getdefaulttimeout(self):
        timeout = socket.getdefaulttimeout()
        return None if timeout is None else round(timeout * 1000)

    def has_dualstack_ipv6(self):
        return socket.has_dualstack_ipv6()

    # The verbs that wait

    def accept(self, on, as_='accepted'):
        connection, address = self.named[on].accept()
        self.name(as_, connection)
        return self.told(address)

    def connect(self, on, address):
        return self.named[on].connect(self.address(address))

    def connect_ex(self, on, address):
        result = self.named[on].connect_ex(self.address(address))
        return ERRNO[result] if result else 0

    def recv(self, on, size, flags=0):
        return shown(self.named[on].recv(size, number(flags)))

    def recvfrom(self, on, size, flags=0):
        value, address = self.named[on].recvfrom(size, number(flags))
        return [shown(value), self.told(address)]

    def recv_into(self, on, size, flags=0):
        buffer = bytearray(size)
        count = self.named[on].recv_into(buffer, 0, number(flags))
        return [count, shown(buffer)]

    def recvfrom_into(self, on, size, flags=0):
        buffer = bytearray(size)
        count, address = self.named[on].recvfrom_into(buffer, 0, number(flags))
        return [count, shown(buffer), self.told(address)]

    def recvmsg(self, on, size, control=0, flags=0, as_='r'):
        value, *more = self.named[on].recvmsg(size, self.space(control), number(flags))
        return self.message_told(shown(value), *more, as_)

    def recvmsg_into(self, on, sizes, control=0, flags=0, as_='r'):
        buffers = [bytearray(size) for size in sizes]
        count, *more = self.named[on].recvmsg_into(buffers, self.space(control), number(flags))
        return self.message_told([count, *map(shown, buffers)], *more, as_)

    def recv_fds(self, on, size, count, flags=0, as_='r'):
        value, fds, flags, address = socket.recv_fds(self.named[on], size, count, number(flags))
        names = sorted(each for each in FLAGS if flags & FLAGS[each])
        return [shown(value), self.received(fds, as_), names, self.told(address)]

    def recv_exactly(self, on, size):
        """As many recv as it takes."""
        value = bytearray()
        while len(value) < size and (more := self.named[on].recv(size - len(value))):
            value += more
        return shown(value)

    def drain(self, on):
        while self.named[on].recv(65536):
            pass

    def send(self, on, bytes, flags=0):
        return self.named[on].send(data(bytes), number(flags))

    def sendall(self, on, bytes, flags=0):
        return self.named[on].sendall(data(bytes), number(flags))

    def sendto(self, on, bytes, address, flags=0):
        return self.named[on].sendto(data(bytes), number(flags), self.address(address))

    def sendmsg(self, on, pieces=(), control=(), flags=0, address=None):
        return self.named[on].sendmsg(
            [data(each) for each in pieces],
            self.control(control),
            number(flags),
            None if address is None else self.address(address),
        )

    def send_fds(self, on, bytes, fds):
        return socket.send_fds(self.named[on], [data(bytes)], [self.fd(each) for each in fds])

    def sendfile(self, on, file, offset=0, count=None):
        with open(os.dup(self.fd(file)), 'rb') as opened:
            return self.named[on].sendfile(opened, offset, count)

    def fill(self, on, size=1000):
        """Sends until there is no room."""
        each = self.named[on]
        before = each.gettimeout()
        each.setblocking(False)
        sent, last = 0, -1
        # Buffers grow while they are filled, and empty into the other's.
        while sent > last:
            last = sent
            try:
                while True:
                    each.send(bytes(size))
                    sent += 1
            except BlockingIOError:
                self.sleep(50)
        each.settimeout(before)

    # Files of sockets

    def makefile(self, on, as_, mode):
        self.name(as_, self.named[on].makefile(mode))

    def part(self, part):
        return part if isinstance(part, str) else shown(part)

    def read(self, on, size=-1):
        return self.part(self.named[on].read(size))

    def readline(self, on, size=-1):
        return self.part(self.named[on].readline(size))

    def readlines(self, on):
        return [self.part(line) for line in self.named[on].readlines()]

    def write(self, on, text):
        file = self.named[on]
        return file.write(data(text) if isinstance(file, (io.BufferedIOBase, io.RawIOBase)) else text)

    def flush(self, on):
        return self.named[on].flush()

    def readable(self, on):
        return self.named[on].readable()

    def writable(self, on):
        return self.named[on].writable()

    def closed(self, on):
        return self.named[on].closed

    # Descriptors that are no sockets, and what is seen of them all

    def file(self, as_, bytes):
        path = os.path.join(self.folder, as_)
        with open(path, 'wb') as made:
            made.write(data(bytes))
        self.name(as_, os.open(path, os.O_RDWR))

    def pipe(self, as_):
        for name, fd in zip(as_, os.pipe()):
            self.name(name, fd)

    def os_read(self, fd, size):
        return shown(os.read(self.fd(fd), size))

    def os_write(self, fd, bytes):
        return os.write(self.fd(fd), data(bytes))

    def position(self, fd):
        return os.lseek(self.fd(fd), 0, os.SEEK_CUR)

    def describe(self, fd):
        return kind_of(self.fd(fd))

    def close_on_exec(self, fd):
        return close_on_exec(self.fd(fd))

    def nonblocking(self, fd):
        return not os.get_blocking(self.fd(fd))

    def close_fd(self, fd):
        os.close(self.named.pop(fd))

    def descriptors(self):
        """How many there are now more than at first."""
        return len(os.listdir('/proc/self/fd')) - self.before

    def exists(self, path):
        return os.path.exists(os.path.join(self.folder, path))

    def child(self, fd, steps, kind):
        """A program that gets the descriptor as its standard input takes the steps; it is 'stdin' to them."""
        scenario = {'kind': kind, 'steps': steps, 'folder': self.folder}
        run = subprocess.run(
            [sys.executable, __file__, 'child', self.folder, json.dumps(scenario)],
            stdin=self.fd(fd),
            stdout=subprocess.PIPE,
            timeout=20,
        )
        return json.loads(run.stdout)

    def inherited(self, fd):
        """Whether a program that is executed has the descriptor."""
        script = f"import os, sys; sys.exit(os.path.exists('/proc/self/fd/{self.fd(fd)}'))"
        return subprocess.run([sys.executable, '-c', script], close_fds=False).returncode == 1

    # Another process

    def meanwhile(self, steps):
        self.peer.start({'kind': f'{self.family} {self.type}', 'steps': self.resolved(steps), 'folder': self.folder})

    def resolved(self, steps):
        """With the addresses of the sockets here in place of their names."""
        of = lambda step: isinstance(step.get('address'), dict) and 'of' in step['address']
        here = lambda step: of(step) and step['address']['of'] in self.named
        resolve = lambda step: {**step, 'address': self.told(self.named[step['address']['of']].getsockname())}
        return [resolve(step) if here(step) else step for step in steps]

    def join(self):
        return self.peer.join()

    def poll(self, on, events='POLLIN', ms=5000):
        """Waits until the kernel has something to tell; not what, which other steps do."""
        poll = select.poll()
        poll.register(self.fd(on), getattr(select, events))
        return bool(poll.poll(ms))

    def sleep(self, ms):
        select.select([], [], [], ms / 1000)


def lines(folder, source, sink):
    for line in source:
        scenario = json.loads(line)
        sink.write(json.dumps(Interpreter(scenario, folder).run()) + '\n')
        sink.flush()


def main(what, folder, *more):
    signal.signal(signal.SIGALRM, stuck)
    if what == 'all':
        peer = Peer(folder)
        outcomes = [Interpreter(each, folder, peer).run() for each in json.load(sys.stdin)]
        peer.process.stdin.close()
        peer.process.wait()
        json.dump(outcomes, sys.stdout)
    elif what == 'child':
        scenario = json.loads(more[0])
        scenario['named'] = {'stdin': 0}
        json.dump(Interpreter(scenario, folder).run(), sys.stdout)
    elif more[0] == '-':
        lines(folder, sys.stdin, sys.stdout)
    else:
        with open(more[0]) as source, open(more[1], 'w') as sink:
            lines(folder, source, sink)


main(*sys.argv[1:])
