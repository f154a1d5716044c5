"""Traffic of many kinds between the link's two ends; the frames on standard input, in hexadecimal, go out of far."""
import ctypes, os, socket, struct, sys, threading

FAR = '/run/netns/far'
libc = ctypes.CDLL(None)

def enter(path):
    fd = os.open(path, os.O_RDONLY)
    libc.setns(fd, 0x40000000)
    os.close(fd)

def serve(family, address, ready):
    enter(FAR)
    server = socket.create_server((address, 7000), family=family)
    ready.set()
    peer, _ = server.accept()
    got = b''
    while chunk := peer.recv(65536):
        got += chunk
    peer.sendall(b'bye %d' % len(got))
    peer.close()
    server.close()

def talk():
    for family, address in ((socket.AF_INET, '10.1.0.2'), (socket.AF_INET6, 'fd01::2')):
        ready = threading.Event()
        thread = threading.Thread(target=serve, args=(family, address, ready))
        thread.start()
        ready.wait()
        client = socket.create_connection((address, 7000))
        client.sendall(b'hello')
        client.send(b'!', socket.MSG_OOB)
        client.sendall(bytes(4000))
        client.shutdown(socket.SHUT_WR)
        while client.recv(100):
            pass
        client.close()
        thread.join()
        # Nobody listens there.
        try:
            socket.create_connection((address, 7001))
        except ConnectionRefusedError:
            pass

    # Groups, in the versions of today and of old.
    for version in (0, 2, 1):
        with open('/proc/sys/net/ipv4/conf/near/force_igmp_version', 'w') as f:
            f.write(str(version))
        with open('/proc/sys/net/ipv6/conf/near/force_mld_version', 'w') as f:
            f.write(str(min(version, 1)))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                         socket.inet_aton('232.1.2.%d' % (3 + version)) + socket.inet_aton('10.1.0.1'))
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                         socket.inet_pton(socket.AF_INET6, 'ff05::%d' % (3 + version)) +
                         struct.pack('@I', socket.if_nametoindex('near')))

    # Extensions that the kernel writes, and datagrams in fragments behind them.
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, bytes([0, 0, 5, 2, 0, 0, 1, 0]))
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
        s.sendto(b'extended', ('fd01::2', 9))
        s.sendto(bytes(range(256)) * 12, ('fd01::2', 9))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        # Record route, and a source route over the far end.
        for option in (b'\x07\x07\x04\0\0\0\0\0', b'\x83\x07\x04' + socket.inet_aton('10.1.0.2') + b'\0', b'\x94\x04\0\0'):
            s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, option)
            s.sendto(b'optional', ('10.1.0.2', 9))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b'')
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0xb8)
        s.sendto(bytes(range(256)) * 12, ('10.1.0.2', 9))

if sys.argv[1:] != ['again']:
    talk()
enter(FAR)
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
    s.bind(('far', 0))
    for line in sys.stdin:
        s.send(bytes.fromhex(line))
