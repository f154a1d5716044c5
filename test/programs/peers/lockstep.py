"""The chat as tutorials write it: bare bytes without an end, recv(1024), one message from each side in turn, 'q' ends.
Arguments: server or client, tcp or udp, port. What it would ask of its user it reads from standard input."""
import socket, sys

role, transport, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
socket.setdefaulttimeout(10)


def over(message):
    return message in ('q', 'Q')


def stream_server():
    listener = socket.socket()
    listener.bind(('127.0.0.1', port))
    listener.listen(1)
    print('port', listener.getsockname()[1])
    connection, _ = listener.accept()
    while True:
        heard = connection.recv(1024).decode()
        print('heard', repr(heard))
        if over(heard):
            break
        answer = input()
        connection.send(answer.encode())
        if over(answer):
            break
    connection.close()


def stream_client():
    connection = socket.socket()
    connection.connect(('127.0.0.1', port))
    while True:
        message = input()
        connection.send(message.encode())
        if over(message):
            break
        heard = connection.recv(1024).decode()
        print('heard', repr(heard))
        if over(heard):
            break
    connection.close()


def datagram_server():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(('127.0.0.1', port))
    print('port', server.getsockname()[1])
    while True:
        heard, peer = server.recvfrom(1024)
        print('heard', repr(heard.decode()))
        if over(heard.decode()):
            break
        answer = input()
        server.sendto(answer.encode(), peer)
        if over(answer):
            break
    server.close()


def datagram_client():
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        message = input()
        client.sendto(message.encode(), ('127.0.0.1', port))
        if over(message):
            break
        heard, _ = client.recvfrom(1024)
        print('heard', repr(heard.decode()))
        if over(heard.decode()):
            break
    client.close()


{
    ('server', 'tcp'): stream_server,
    ('client', 'tcp'): stream_client,
    ('server', 'udp'): datagram_server,
    ('client', 'udp'): datagram_client,
}[role, transport]()
