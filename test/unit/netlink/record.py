"""Records messages of the kernel for golden.test.ts: unshare -n python3 test/unit/netlink/record.py > test/unit/netlink/recorded.txt

Each line is a kind, the body of a message in hex, and what ip and ss say of the same thing.
"""
import json, socket, struct, subprocess

def run(command):
    return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout

run("""set -e
ip link set lo up
ip link add one address 02:00:00:00:00:01 type veth peer name two address 02:00:00:00:00:02
ip link set one up; ip link set two up
ip link property add dev one altname another
ip link add b0 address 02:00:00:00:00:03 type bridge forward_delay 400
ip link set two master b0
ip link add x0 address 02:00:00:00:00:04 type vxlan id 42 dstport 4789 remote 192.0.2.1
ip tuntap add t0 mode tap
ip addr add 10.9.0.1/24 brd + dev one label one:x
ip addr add fd09::1/64 dev one nodad valid_lft 1000 preferred_lft 500
ip route add 10.50.0.0/16 via 10.9.0.2 dev one mtu 1234
ip route add 10.53.0.0/16 nexthop via 10.9.0.3 dev one weight 3 nexthop via 10.9.0.4 dev one
ip route add 10.54.0.0/16 via inet6 fd09::2 dev one
ip route add blackhole 10.51.0.0/16
ip -6 route add fd53::/32 nexthop via fd09::3 dev one nexthop via fd09::4 dev one weight 2
ip neigh add 10.9.0.20 lladdr 02:00:00:00:09:20 dev one nud permanent
ip rule add from 10.1.0.0/16 fwmark 0x10/0xff table 100 pref 500""")

def dump(protocol, kind, body):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as s:
        s.send(struct.pack('=IHHII', 16 + len(body), kind, 0x301, 1, 0) + body)
        while True:
            data = s.recv(1 << 18)
            while data:
                length, number = struct.unpack_from('=IH', data)
                if number == 3:
                    return
                yield data[16:length]
                data = data[(length + 3) & ~3:]

def say(name, bodies, told):
    bodies = list(bodies)
    for i, body in enumerate(bodies):
        print(name, body.hex(), json.dumps(told[i] if len(told) == len(bodies) else None))

ip = lambda command: json.loads(run('ip -d -j ' + command))
say('link', dump(0, 18, bytes(16)), ip('link'))
say('address', dump(0, 22, bytes(8)), [])
say('route', dump(0, 26, bytes([2]) + bytes(11)), ip('-4 route show table all'))
say('route', dump(0, 26, bytes([10]) + bytes(11)), [])
say('neighbour', dump(0, 30, bytes(12)), [])
say('rule', dump(0, 34, bytes([2]) + bytes(11)), ip('rule'))

server = socket.create_server(('127.0.0.1', 4000))
client = socket.create_connection(('127.0.0.1', 4000))
query = lambda family: struct.pack('=BBBBI', family, 6, 0xff, 0, 0xffffffff) + bytes(48)
say('inet', dump(4, 20, query(2)), [])
left, right = socket.socketpair()
named = socket.socket(socket.AF_UNIX); named.bind('\0recorded')
say('unix', dump(4, 20, struct.pack('=BBHIIIII', 1, 0, 0, 0xffffffff, 0, 0x7f, 0xffffffff, 0xffffffff)), [])
say('netlink', dump(4, 20, struct.pack('=BBHIIII', 16, 255, 0, 0, 0xb, 0xffffffff, 0xffffffff)), [])
packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x300)
say('packet', dump(4, 20, struct.pack('=BBHIIII', 17, 0, 0, 0, 0x3f, 0xffffffff, 0xffffffff)), [])
say('family', dump(16, 16, bytes([3, 1, 0, 0])), [])
