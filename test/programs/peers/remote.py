"""A Python that the tests drive from afar: each line of input is an expression or statements, in JSON; each line of
output is its value, in JSON. The sockets that it makes are the kernel's, seen by somebody else's library."""
import errno, hashlib, json, os, select, signal, socket, struct, subprocess, sys, time

socket.setdefaulttimeout(10)
scope = dict(globals())


def plain(value):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {'$bytes': bytes(value).hex()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return repr(value)


for line in sys.stdin:
    code = json.loads(line)
    try:
        try:
            compiled = compile(code, 'remote', 'eval')
        except SyntaxError:
            exec(compile(code, 'remote', 'exec'), scope)
            value = None
        else:
            value = eval(compiled, scope)
        answer = {'value': plain(value)}
    except OSError as error:
        answer = {'error': errno.errorcode.get(error.errno, type(error).__name__)}
    except Exception as error:
        answer = {'error': f'{type(error).__name__}: {error}'}
    sys.stdout.write(json.dumps(answer) + '\n')
    sys.stdout.flush()
