"""The judge of test/unit/input.test.ts: what io makes of bytes that come in pieces. One case a line, JSON."""
import io
import json
import sys


class Raw(io.RawIOBase):
    def __init__(self, chunks):
        self.chunks = [chunk for chunk in chunks if chunk]

    def readable(self):
        return True

    def readinto(self, into):
        if not self.chunks:
            return 0
        chunk = self.chunks.pop(0)
        if len(chunk) > len(into):
            self.chunks.insert(0, chunk[len(into):])
            chunk = chunk[:len(into)]
        into[:len(chunk)] = chunk
        return len(chunk)


def answers(case):
    chunks = [bytes([byte]) for byte in bytes.fromhex(case['hex'])] if case['bytewise'] else [bytes.fromhex(case['hex'])]
    file = io.BufferedReader(Raw(chunks))
    if case['encoding'] is not None:
        file = io.TextIOWrapper(file, case['encoding'], case['errors'], case['newline'])
    for what, size in case['calls']:
        try:
            given = getattr(file, what)(size)
        except UnicodeDecodeError:
            yield 'UnicodeDecodeError'
            return
        if what != 'readlines':
            given = [given]
        yield [each.hex() if isinstance(each, bytes) else each for each in given]


for line in sys.stdin:
    print(json.dumps(list(answers(json.loads(line)))))
