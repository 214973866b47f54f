"""Conversations that nobody had: two ends that mostly keep to TCP's rules and now and then do not.

Numbers, windows and pauses are drawn from the few values at which a rule of the analysis turns, so that a few hundred
short conversations pass through most of its combinations.
"""
import struct

from captures import Frame, repair

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
# In microseconds: around 3 ms (overtaken), 20 ms (asked for), and two frames of one moment.
PAUSES = (0, 1, 50, 400, 1500, 2900, 2999, 3000, 3001, 3200, 8000, 19000, 19999, 20000, 20001, 21000, 60000, 300000)


def segment(ports, seq, ack, flags, window, payload=b"", options=b"", forward=True, six=False):
    """An Ethernet frame with one segment of the conversation on these two ports."""
    options += b"\x01" * (-len(options) % 4)
    source, target = ports if forward else ports[::-1]
    header = struct.pack(">HHIIBBHHH", source, target, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                         (5 + len(options) // 4) << 4, flags, window & 0xFFFF, 0, 0)
    body = header + options + payload
    near, far = (b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02") if forward else (b"\x02\0\0\0\0\x02", b"\x02\0\0\0\0\x01")
    if six:
        left, right = (b"\xfd" + bytes(14) + b"\x01", b"\xfd" + bytes(14) + b"\x02")
        left, right = (left, right) if forward else (right, left)
        return repair(far + near + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(body), 6, 64) + left + right + body)
    left, right = (b"\x0a\x07\0\x01", b"\x0a\x07\0\x02") if forward else (b"\x0a\x07\0\x02", b"\x0a\x07\0\x01")
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, 64, 6, 0)
    return repair(far + near + b"\x08\x00" + head + left + right + body)


class End:
    """What one end has sent and heard."""

    def __init__(self, rng):
        near = rng.choice((0, 1, 1000, 2**31 - 100, 2**31, 2**32 - 1, 2**32 - 50, rng.getrandbits(32)))
        self.isn = self.next = near
        self.ack, self.window, self.sent = 0, 8192, []


def conversation(rng, ports, time, length):
    """The frames of one conversation of about so many segments."""
    ends, frames, six = [End(rng), End(rng)], [], rng.random() < 0.1
    scale = rng.choice((None, None, 0, 2, 7))
    sack, stamps, wild = rng.random() < 0.5, rng.random() < 0.2, rng.choice((0.0, 0.05, 0.3))

    def say(who, seq, ack, flags, window, payload=b"", options=b""):
        nonlocal time
        time += rng.choice(PAUSES) * 1000
        if stamps:
            options += struct.pack(">BBBBII", 1, 1, 8, 10, time // 10**6 & 0xFFFFFFFF, 0)
        data = segment(ports, seq, ack, flags, window, payload, options, who == 0, six)
        frames.append(Frame(time, data))

    def hello(who, ack, flags):
        options = struct.pack(">BBH", 2, 4, 1460)
        if scale is not None and rng.random() < 0.9:
            options += struct.pack(">BBBB", 1, 3, 3, scale)
        if sack:
            options += b"\x04\x02"
        say(who, ends[who].isn, ack, flags, 8192, b"", options)
        ends[who].next = ends[who].isn + 1

    begin = rng.random()
    if begin < 0.75:
        hello(0, 0 if rng.random() < 0.95 else rng.getrandbits(32), SYN)
        if rng.random() < 0.1:
            hello(0, 0, SYN)
        if begin < 0.68:
            hello(1, ends[0].next, SYN | ACK)
            ends[1].ack = ends[0].next
            if rng.random() < 0.1:
                hello(1, ends[0].next, SYN | ACK)
            if begin < 0.62:
                ends[0].ack = ends[1].next
                say(0, ends[0].next, ends[1].next, ACK, ends[0].window)
    elif begin < 0.8:
        hello(1, ends[0].next + 1, SYN | ACK)
        ends[0].next += 1
    for end, other in (ends, ends[::-1]):
        end.ack = end.ack or other.next
    for _ in range(length):
        act(rng, ends, say, wild)
    if rng.random() < 0.5:
        first = rng.randrange(2)
        for who in (first, 1 - first):
            end, other = ends[who], ends[1 - who]
            say(who, end.next, other.next, FIN | ACK, end.window, b"x" * rng.choice((0, 0, 5)))
            end.next += 1
            if rng.random() < 0.3:
                say(who, end.next - 1, other.next, FIN | ACK, end.window)
            say(1 - who, other.next, end.next, ACK, other.window)
    elif rng.random() < 0.3:
        say(rng.randrange(2), ends[0].next, ends[1].next, rng.choice((RST, RST | ACK)), 0)
    return frames


def act(rng, ends, say, wild):
    """One end does one thing."""
    who = rng.randrange(2)
    end, other = ends[who], ends[1 - who]
    flags, chance = ACK | rng.choice((0, PSH)), rng.random()
    if chance < 0.28:  # new bytes
        size = rng.choice((1, 1, 2, 100, 100, 500, 1460))
        if rng.random() < 0.12:
            size = (other.window - (end.next - other.ack)) & 0xFFFF or 1
            size = min(size, 3000)
        if rng.random() < 0.12:
            end.next += rng.choice((1, 100, 500))  # some that were not captured
        say(who, end.next, end.ack, flags, end.window, b"d" * size)
        end.sent = (end.sent + [(end.next, size)])[-8:]
        end.next += size
    elif chance < 0.42 and end.sent:  # old ones again, whole, cut or grown
        seq, size = rng.choice(end.sent)
        size = max(1, size + rng.choice((0, 0, 0, -1, 1, 40, -40)))
        say(who, seq + rng.choice((0, 0, 0, 0, -1, 1, 10)), end.ack, flags, end.window, b"d" * size)
    elif chance < 0.72:  # confirm: all, less, again, more than was seen
        pick = rng.random()
        if pick < 0.45:
            end.ack = other.next
        elif pick < 0.6 and other.sent:
            end.ack = sum(rng.choice(other.sent))
        elif pick < 0.66:
            end.ack = other.next + rng.choice((1, 1, 10, 500))
        options = b""
        if rng.random() < 0.2 and other.sent:
            for seq, size in rng.sample(other.sent, min(len(other.sent), rng.choice((1, 1, 2, 3)))):
                options += struct.pack(">II", seq & 0xFFFFFFFF, seq + size & 0xFFFFFFFF)
            options = struct.pack(">BBBB", 1, 1, 5, len(options) + 2) + options
        say(who, end.next, end.ack, ACK, end.window, b"", options)
    elif chance < 0.8:  # another window
        end.window = rng.choice((0, 0, 1, 100, 500, 1460, 8192, 8193, 65535))
        say(who, end.next, end.ack, ACK, end.window)
    elif chance < 0.86:  # still there? room again?
        size = rng.choice((0, 1, 1))
        seq = end.next - rng.choice((0, 1, 1))
        say(who, seq, end.ack, flags, end.window, b"d" * size)
        if size and rng.random() < 0.3:
            end.next = max(end.next, seq + size)
        if rng.random() < 0.7:
            if rng.random() < 0.3:
                other.ack = seq + size
            say(1 - who, other.next, other.ack, ACK, other.window)
    elif chance < 0.92:  # three of the same, and what they ask for
        if end.sent:
            asked = rng.choice(end.sent)
            other.ack = asked[0]
            for _ in range(rng.choice((1, 2, 3, 4, 5))):
                say(1 - who, other.next, other.ack, ACK, other.window)
            say(who, asked[0], end.ack, flags, end.window, b"d" * asked[1])
    elif rng.random() < wild:  # nonsense
        flags = rng.choice((0, SYN, SYN | ACK, FIN, RST, ACK | RST, FIN | SYN, ACK | FIN, PSH, 0x3F, ACK | 0xC0))
        say(who, end.next + rng.choice((0, -1, 1, 1000, -1000, 2**31, 70000)), end.ack + rng.choice((0, 1, -1, 5000, 2**31)),
            flags, rng.choice((0, 5, end.window)), b"w" * rng.choice((0, 0, 1, 30)))


def capture(rng, conversations=12, length=25):
    """Frames of several conversations side by side, by time; some use ports that one before them had."""
    frames, ports, start = [], [], rng.randrange(10**9, 2 * 10**9) * 10**9
    for at in range(conversations):
        again = ports and rng.random() < 0.15
        ports.append(rng.choice(ports) if again else (40000 + at, rng.choice((80, 8080, 9, 50000))))
        frames += conversation(rng, ports[-1], start + (rng.randrange(10**9) if not again else 5 * 10**10), rng.randrange(2, length))
    frames.sort(key=lambda frame: frame.time)
    return frames
