"""Runs the scripts of test/kernel/file-python.test.ts with Python's own sockets: JSON in, what each call gave out."""
import io
import json
import socket
import sys


def pair(family):
    if family == 'unix':
        return socket.socketpair()
    host = '127.0.0.1' if family == 'inet' else '::1'
    kind = socket.AF_INET if family == 'inet' else socket.AF_INET6
    with socket.create_server((host, 0), family=kind) as server:
        ours = socket.create_connection(server.getsockname()[:2])
        return ours, server.accept()[0]


def kind(error):
    if isinstance(error, io.UnsupportedOperation):
        return 'misuse'
    if isinstance(error, UnicodeDecodeError):
        return 'decode'
    if isinstance(error, TimeoutError):
        return 'ETIMEDOUT'
    if isinstance(error, ValueError) and 'closed' in str(error):
        return 'EBADF'
    if isinstance(error, OSError):
        return {9: 'EBADF', 32: 'EPIPE', 11: 'EAGAIN', 104: 'ECONNRESET'}[error.errno]
    if isinstance(error, (TypeError, ValueError, AttributeError, LookupError)):
        return 'misuse'
    raise error


def received(peer, size):
    data = b''
    how = 'enough'
    while len(data) < size and how == 'enough':
        try:
            chunk = peer.recv(size - len(data))
            how = 'enough' if chunk else 'end'
            data += chunk
        except TimeoutError:
            how = 'nothing more'
        except ConnectionResetError:
            how = 'reset'
    return [data.decode('latin1'), how]


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return value.decode('latin1')
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def run(family, script):
    ours, peer = pair(family)
    peer.settimeout(0.1)
    names = {'s': ours}
    out = []
    opened = []

    def bytes_for(name, value):
        file = names[name]
        return value if isinstance(file, io.TextIOBase) else value.encode('latin1')

    def act(name, what, *args):
        if name == 'p':
            if what == 'send':
                return peer.sendall(args[0].encode('latin1'))
            if what == 'recv':
                return received(peer, args[0])
            if what == 'end':
                return peer.shutdown(socket.SHUT_WR)
            return peer.close()
        if what == 'makefile':
            file, mode, options = args
            names[file] = ours.makefile(mode, **options)
            opened.append(names[file])
            return None
        if what == 'settimeout':
            return ours.settimeout(None if args[0] is None else args[0] / 1000)
        if what == 'open':
            return ours.fileno() >= 0
        if what == 'recv':
            return ours.recv(args[0])
        if what == 'detach':
            return socket.close(ours.detach())
        if what == 'shutdown':
            return ours.shutdown(args[0])
        file = names[name]
        if what == 'iterate':
            return list(file)
        if what == 'first':
            return next(iter(file))
        if what == 'closed':
            return file.closed
        if what == 'readinto':
            into = bytearray(args[0])
            return [file.readinto(into), into]
        if what == 'write':
            return file.write(bytes_for(name, args[0]))
        if what == 'write other':
            return file.write(args[0].encode() if isinstance(file, io.TextIOBase) else args[0])
        if what == 'writelines':
            return file.writelines([bytes_for(name, each) for each in args[0]])
        return getattr(file, what)(*args)

    for call in script:
        try:
            out.append(plain(act(*call)))
        except Exception as error:
            out.append({'error': kind(error)})
    for each in opened:
        try:
            each.close()
        except (OSError, ValueError):
            pass
    ours.close()
    peer.close()
    return out


for line in sys.stdin:
    family, script = json.loads(line)
    print(json.dumps(run(family, script)), flush=True)
