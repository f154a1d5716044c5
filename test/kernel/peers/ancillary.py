"""The kernel's ancillary data as it is: one scenario a run, named by the first argument; the second is a control
buffer in hex for those that send. Prints what came, in hex, and what Python knows of it otherwise, as JSON.

The buffers go through sendmsg(2) and recvmsg(2) by ctypes, so that Python's own parsing is beside the matter."""
import ctypes, errno, fcntl, json, os, select, socket, struct, sys, termios, time

libc = ctypes.CDLL(None, use_errno=True)
SOL, IP, IPV6, TCP, UDP = 1, 0, 41, 6, 17
MSG_ERRQUEUE, MSG_CTRUNC, MSG_DONTWAIT = 0x2000, 8, 0x40


class iovec(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]


class msghdr(ctypes.Structure):
    _fields_ = [('name', ctypes.c_void_p), ('namelen', ctypes.c_uint32), ('iov', ctypes.POINTER(iovec)),
                ('iovlen', ctypes.c_size_t), ('control', ctypes.c_void_p), ('controllen', ctypes.c_size_t),
                ('flags', ctypes.c_int)]


def message(data, control):
    vector = iovec(ctypes.cast(data, ctypes.c_void_p), len(data))
    return msghdr(None, 0, ctypes.pointer(vector), 1, ctypes.cast(control, ctypes.c_void_p), len(control), 0)


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def send(sock, data, control):
    header = message(ctypes.create_string_buffer(data, len(data)),
                     ctypes.create_string_buffer(control, len(control)))
    return check(libc.sendmsg(sock.fileno(), ctypes.byref(header), 0))


def recv(sock, room=1024, flags=0, size=65536, wait=True):
    """The bytes, and the first msg_controllen of a control buffer that was not clean before."""
    poll = select.poll()
    poll.register(sock, select.POLLERR if flags & MSG_ERRQUEUE else select.POLLIN)
    if wait and not poll.poll(10000):
        raise OSError(errno.ETIMEDOUT, 'nothing came')
    data = ctypes.create_string_buffer(size)
    control = ctypes.create_string_buffer(b'\xee' * (room + 8), room + 8)
    header = message(data, control)
    header.controllen = room
    length = check(libc.recvmsg(sock.fileno(), ctypes.byref(header), flags | MSG_DONTWAIT))
    assert control.raw[room:] == b'\xee' * 8
    return data.raw[:length], control.raw[:header.controllen], header.flags


def parsed(sock, size=65536):
    """What Python's own recvmsg makes of the next one."""
    data, messages, flags, address = sock.recvmsg(size, 1024)
    return data, [[level, kind, bytes_.hex()] for level, kind, bytes_ in messages], address


def on(sock, level, *options):
    for option in options:
        sock.setsockopt(level, option, 1)


def pair(family, host, to=None, bind=None):
    """Two UDP sockets: one that is connected to the other, and the other, which has its own port."""
    server = socket.socket(family, socket.SOCK_DGRAM)
    server.bind((bind or host, 0))
    client = socket.socket(family, socket.SOCK_DGRAM)
    client.connect((to or host, server.getsockname()[1]))
    return client, server


def descriptors():
    found = {}
    for name in os.listdir('/proc/self/fd'):
        try:
            found[int(name)] = os.readlink('/proc/self/fd/' + name)
        except OSError:
            pass
    return found


def opened(before):
    return {fd: link for fd, link in descriptors().items() if fd not in before}


def small():
    """A network namespace whose loopback takes 1500 bytes at once."""
    check(libc.unshare(0x40000000))
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(probe, 0x8922, struct.pack('16si12x', b'lo', 1500))  # SIOCSIFMTU
    fcntl.ioctl(probe, 0x8914, struct.pack('16sh14x', b'lo', 0x41))  # SIOCSIFFLAGS: up, running
    probe.close()


# what comes


def inet():
    client, server = pair(socket.AF_INET, '127.0.0.1', to='127.0.0.9', bind='0.0.0.0')
    on(server, IP, 8, 12, 13, 20)  # IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVORIGDSTADDR
    client.setsockopt(IP, socket.IP_TTL, 77)
    client.setsockopt(IP, socket.IP_TOS, 0xb8)
    client.send(b'one')
    client.send(b'two')
    _, control, _ = recv(server)
    _, messages, _ = parsed(server)
    cuts = []
    for room in range(0, len(control) + 9):
        client.send(b'cut')
        _, cut, flags = recv(server, room)
        cuts.append([room, cut.hex(), bool(flags & MSG_CTRUNC)])
    return dict(control=control.hex(), messages=messages, ttl=77, tos=0xb8, to='127.0.0.9', cuts=cuts,
                port=server.getsockname()[1], ifindex=socket.if_nametoindex('lo'))


def inet6():
    client, server = pair(socket.AF_INET6, '::1')
    on(server, IPV6, 49, 51, 66, 74)  # IPV6_RECVPKTINFO, _RECVHOPLIMIT, _RECVTCLASS, _RECVORIGDSTADDR
    client.setsockopt(IPV6, socket.IPV6_UNICAST_HOPS, 78)
    client.setsockopt(IPV6, socket.IPV6_TCLASS, 0x28)
    client.send(b'one')
    client.send(b'two')
    _, control, _ = recv(server)
    _, messages, _ = parsed(server)
    old = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    old.bind(('::1', 0))
    on(old, IPV6, 2, 8)  # IPV6_2292PKTINFO, IPV6_2292HOPLIMIT
    client.connect(old.getsockname())
    client.send(b'old')
    return dict(control=control.hex(), messages=messages, old=recv(old)[1].hex(), ttl=78, tos=0x28,
                port=server.getsockname()[1], ifindex=socket.if_nametoindex('lo'))


def mapped():
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(('::', 0))
    on(server, IPV6, 49)
    on(server, IP, 12)
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(IP, socket.IP_TTL, 79)
    client.sendto(b'x', ('127.0.0.9', server.getsockname()[1]))
    return dict(control=recv(server)[1].hex(), ifindex=socket.if_nametoindex('lo'))


def times():
    found = {}
    for name, option, value in [('SO_TIMESTAMP_OLD', 29, 1), ('SO_TIMESTAMPNS_OLD', 35, 1), ('SO_TIMESTAMP_NEW', 63, 1),
                                ('SO_TIMESTAMPNS_NEW', 64, 1), ('SO_TIMESTAMPING_OLD', 37, 8 | 16),
                                ('SO_TIMESTAMPING_NEW', 65, 8 | 16)]:
        client, server = pair(socket.AF_INET, '127.0.0.1')
        server.setsockopt(SOL, option, value)
        # The kernel turns its time-stamps on a little later than it says.
        for _ in range(1000):
            before = time.time_ns()
            client.send(b'x')
            control = recv(server)[1]
            after = time.time_ns()
            if len(control) > 0:
                break
            time.sleep(0.01)
        found[name] = dict(control=control.hex(), before=str(before), after=str(after))
    return found


def overflow():
    client, server = pair(socket.AF_INET, '127.0.0.1')
    on(server, SOL, 40)  # SO_RXQ_OVFL
    server.setsockopt(SOL, socket.SO_RCVBUF, 4096)
    for _ in range(100):
        client.send(b'x' * 1000)
    server.setblocking(False)
    try:
        while True:
            server.recv(2000)
    except BlockingIOError:
        pass
    client.send(b'last')
    control = recv(server)[1]
    lines = [line.split() for line in open('/proc/self/net/udp')]
    port = '%04X' % server.getsockname()[1]
    (drops,) = [int(line[-1]) for line in lines if line[1].endswith(':' + port)]
    return dict(control=control.hex(), drops=drops)


def error(family, host):
    closed = socket.socket(family, socket.SOCK_DGRAM)
    closed.bind((host, 0))
    port = closed.getsockname()[1]
    closed.close()
    client = socket.socket(family, socket.SOCK_DGRAM)
    on(client, *((IP, 11) if family == socket.AF_INET else (IPV6, 25)))
    client.connect((host, port))
    client.send(b'lost')
    data, control, flags = recv(client, flags=MSG_ERRQUEUE)
    return dict(control=control.hex(), data=data.decode(), refused=errno.ECONNREFUSED, host=host)


def errors():
    return dict(inet=error(socket.AF_INET, '127.0.0.1'), inet6=error(socket.AF_INET6, '::1'))


def unix():
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    on(right, SOL, 16, 76)  # SO_PASSCRED, SO_PASSPIDFD
    files = [os.open('/dev/null', os.O_RDONLY), os.open('/dev/zero', os.O_RDONLY), os.open('/proc', os.O_RDONLY)]
    found = []
    for room in [1024, *range(0, 137)]:
        socket.send_fds(left, [b'x'], files)
        before = descriptors()
        _, control, flags = recv(right, room)
        new = opened(before)
        found.append(dict(room=room, control=control.hex(), cut=bool(flags & MSG_CTRUNC),
                          opened=[[fd, link] for fd, link in sorted(new.items())]))
        for fd in new:
            os.close(fd)
    return dict(pid=os.getpid(), uid=os.getuid(), gid=os.getgid(), rooms=found)


def inq():
    listener = socket.create_server(('127.0.0.1', 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    on(server, TCP, 36)  # TCP_INQ
    client.sendall(b'x' * 1000)
    while struct.unpack('i', fcntl.ioctl(server, termios.FIONREAD, b'\0' * 4))[0] < 1000:
        select.select([server], [], [], 10)
    return dict(control=recv(server, size=10)[1].hex(), left=990)


def fragments():
    small()
    found = {}
    for family, host, option in [(socket.AF_INET, '127.0.0.1', (IP, 25)), (socket.AF_INET6, '::1', (IPV6, 77))]:
        client, server = pair(family, host)
        on(server, *option)  # IP_RECVFRAGSIZE, IPV6_RECVFRAGSIZE
        client.send(b'x' * 4000)
        found['inet' if family == socket.AF_INET else 'inet6'] = recv(server)[1].hex()
    return found


# what is sent


def outgoing(control, family, host, options, sender=None, size=10):
    client, server = pair(family, host, bind='0.0.0.0' if family == socket.AF_INET else '::')
    for level, option in options:
        on(server, level, option)
    if sender is not None:
        sender(client)
    send(client, b'x' * size, control)
    _, messages, address = parsed(server)
    return dict(messages=messages, source=address[0], ifindex=socket.if_nametoindex('lo'))


def send_inet(control):
    return outgoing(control, socket.AF_INET, '127.0.0.1', [(IP, 12), (IP, 13)])


def send_mapped(control):
    """From a socket of IPv6 to one of IPv4."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(('127.0.0.1', 0))
    on(server, IP, 12)
    client = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    client.setsockopt(IPV6, socket.IPV6_V6ONLY, 0)
    client.connect(('::ffff:127.0.0.1', server.getsockname()[1]))
    send(client, b'x', control)
    _, messages, address = parsed(server)
    return dict(messages=messages, source=address[0], ifindex=socket.if_nametoindex('lo'))


def send_options(control):
    return outgoing(control, socket.AF_INET, '127.0.0.1', [(IP, 6)])


def send_inet6(control):
    return outgoing(control, socket.AF_INET6, '::1', [(IPV6, 51), (IPV6, 66), (IPV6, 11), (IPV6, 49)])


def send_headers(control):
    return outgoing(control, socket.AF_INET6, '::1', [(IPV6, 53), (IPV6, 58)])


def send_source6(control):
    """With an address of its own to choose beside ::1."""
    small()
    probe = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    address = socket.inet_pton(socket.AF_INET6, '2001:db8::5')
    fcntl.ioctl(probe, 0x8916, struct.pack('=16sIi', address, 128, 1))  # SIOCSIFADDR
    probe.close()
    # Nobody tells when the address may be used.
    for _ in range(1000):
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
                probe.bind(('2001:db8::5', 0))
            break
        except OSError:
            time.sleep(0.01)
    return outgoing(control, socket.AF_INET6, '::1', [(IPV6, 49)])


def send_mark(control):
    return outgoing(control, socket.AF_INET, '127.0.0.1', [(SOL, 75)])  # SO_RCVMARK


def send_priority(control):
    return outgoing(control, socket.AF_INET, '127.0.0.1', [(SOL, 82)])  # SO_RCVPRIORITY


def send_rights(control):
    """The descriptors to pass are 200 and 201."""
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for number, name in [(200, '/dev/null'), (201, '/dev/zero')]:
        fd = os.open(name, os.O_RDONLY)
        os.dup2(fd, number)
        os.close(fd)
    send(left, b'x', control)
    _, fds, _, _ = socket.recv_fds(right, 10, 10)
    return [os.readlink('/proc/self/fd/%d' % fd) for fd in fds]


def send_credentials(control):
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    on(right, SOL, 16)
    send(left, b'x', control)
    return struct.unpack('iII', right.recvmsg(10, 100)[1][0][2])


def send_segments(control):
    client, server = pair(socket.AF_INET, '127.0.0.1')
    send(client, b'x' * 2500, control)
    sizes = [len(recv(server)[0]) for _ in range(3)]
    on(server, UDP, 104)  # UDP_GRO
    send(client, b'x' * 2500, control)
    data, gro, _ = recv(server)
    return dict(sizes=sizes, together=len(data), gro=gro.hex())


def send_timestamp(control):
    client, server = pair(socket.AF_INET, '127.0.0.1')
    client.setsockopt(SOL, 37, 16 | 128 | 2048)  # SOF_TIMESTAMPING_SOFTWARE, _OPT_ID, _OPT_TSONLY
    before = time.time_ns()
    send(client, b'x', control)
    _, error, _ = recv(client, flags=MSG_ERRQUEUE)
    return dict(control=error.hex(), before=str(before), after=str(time.time_ns()), nomsg=errno.ENOMSG)


def send_txtime(control):
    client, server = pair(socket.AF_INET, '127.0.0.1')
    try:
        send(client, b'x', control)
        refused = 0
    except OSError as error:
        refused = error.errno
    client.setsockopt(SOL, 61, struct.pack('iI', time.CLOCK_MONOTONIC, 0))  # SO_TXTIME
    return dict(without=errno.errorcode.get(refused), sent=send(client, b'xyz', control), came=len(recv(server)[0]))


def send_protocol(control):
    """A rule prohibits protocol 253; the packet's own header says 254 each time."""
    small()
    for command in ['ip route add 192.0.2.0/24 dev lo', 'ip rule add pref 100 ipproto 253 prohibit']:
        assert os.system(command) == 0, command
    client = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    client.connect(('192.0.2.1', 0))
    packet = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20, 0, 0, 9, 254, 0, bytes(4), socket.inet_aton('192.0.2.1'))
    sent = client.send(packet)
    header = message(ctypes.create_string_buffer(packet, len(packet)),
                     ctypes.create_string_buffer(control, len(control)))
    result = libc.sendmsg(client.fileno(), ctypes.byref(header), 0)
    return dict(without=sent, sent=result, error=errno.errorcode.get(ctypes.get_errno()) if result < 0 else None)


def send_dontfrag(control):
    small()
    client, server = pair(socket.AF_INET6, '::1')
    on(client, IPV6, 60)  # IPV6_RECVPATHMTU
    sent = client.send(b'x' * 4000)
    try:
        send(client, b'x' * 4000, control)
        refused = 0
    except OSError as error:
        refused = error.errno
    # It is there at once, and no poll tells of it.
    return dict(before=sent, refused=errno.errorcode.get(refused), control=recv(client, wait=False)[1].hex())


scenario, *buffers = sys.argv[1:]
try:
    print(json.dumps(globals()[scenario](*map(bytes.fromhex, buffers))))
except OSError as error:
    if error.errno != errno.ENOPROTOOPT:
        raise
    print(json.dumps(dict(lacks='an option of this scenario')))
