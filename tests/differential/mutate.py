"""What may happen to a capture: to its order, its segments, its packets, its link, its file. All by one random source.

A mutation takes the random source and frames of Ethernet and gives frames of Ethernet; STAGES lists them in the order in
which they make sense.
"""
import struct

from captures import Frame, checksum, locate, repair, tcp


def by_time(frames):
    return sorted(frames, key=lambda frame: frame.time)


def some(rng, frames, change, share=None):
    """Each frame with this chance changed."""
    share = rng.choice((0.02, 0.1, 0.4)) if share is None else share
    return [change(frame) if rng.random() < share else frame for frame in frames]


def edited(frame, data):
    """The frame with other bytes, as much cut off as before."""
    return Frame(frame.time, data, len(data) + frame.length - len(frame.bytes))


def put(data, at, form, *values):
    raw = struct.pack(form, *values)
    return data[:at] + raw + data[at + len(raw):]


# ---- order

def drop(rng, frames):
    share = rng.choice((0.01, 0.05, 0.2))
    return [frame for frame in frames if rng.random() >= share]


def drop_run(rng, frames):
    at = rng.randrange(len(frames))
    return frames[:at] + frames[at + rng.randrange(1, 10):]


def cut_ends(rng, frames):
    first = rng.randrange(len(frames))
    return frames[first:first + rng.randrange(5, 400)]


def duplicate(rng, frames):
    out = []
    for frame in frames:
        out.append(frame)
        if rng.random() < 0.06:
            out.append(frame.copy(frame.time + rng.choice((0, 1000, 10**6, 5 * 10**6, 3 * 10**8))))
    return by_time(out)


def reorder(rng, frames):
    """Some arrive later, in the capture's own times."""
    keyed = [(at + (rng.choice((1.5, 2.5, 4.5)) if rng.random() < 0.08 else 0), frame) for at, frame in enumerate(frames)]
    times = [frame.time for frame in frames]
    return [frame.copy(time) for (_, frame), time in zip(sorted(keyed, key=lambda pair: pair[0]), times)]


def disorder_times(rng, frames):
    """Captured by several processors: a time may lie before the last one."""
    return some(rng, frames, lambda frame: frame.copy(frame.time - rng.choice((1000, 10**6, 10**8))), 0.1)


def stretch_times(rng, frames):
    base, factor = frames[0].time, rng.choice((0, 0.01, 0.1, 10, 100))
    return [frame.copy(base + int((frame.time - base) * factor)) for frame in frames]


def one_way(rng, frames):
    """Only what one side of each pair of addresses sends."""
    low = rng.random() < 0.5

    def kept(data):
        place = locate(data)
        if not place:
            return True
        at, size = (place.l3 + 12, 4) if place.version == 4 else (place.l3 + 8, 16)
        return (data[at:at + size] + data[place.l4:place.l4 + 2] <
                data[at + size:at + 2 * size] + data[place.l4 + 2:place.l4 + 4]) == low

    return [frame for frame in frames if kept(frame.bytes)]


def again(rng, frames):
    """The same once more on the same addresses and ports, later, mostly with other numbers."""
    gap = frames[-1].time - frames[0].time + rng.choice((0, 10**6, 10**9))
    later = [frame.copy(frame.time + gap) for frame in frames]
    return frames + (renumber(rng, later) if rng.random() < 0.7 else later)


# ---- segments

def renumber(rng, frames):
    """Each direction's numbers moved, near the wrap or near the middle; what confirms them moves with them."""
    moved, out = {}, []
    targets = (2**32 - 1, 2**32 - 700, 2**32 - 5000, 2**31 - 300, 2**31 - 5000, 0)
    for frame in frames:
        data = frame.bytes
        place = tcp(data)
        if not place:
            out.append(frame)
            continue
        at = place.l4
        seq, ack = struct.unpack(">II", data[at + 4:at + 12])
        size = 4 if place.version == 4 else 16
        start = place.l3 + (12 if size == 4 else 8)
        near, far = data[start:start + size] + data[at:at + 2], data[start + size:start + 2 * size] + data[at + 2:at + 4]
        own = moved.setdefault((near, far), (rng.choice(targets) - seq) & 0xFFFFFFFF)
        other = moved.setdefault((far, near), (rng.choice(targets) - ack) & 0xFFFFFFFF if data[at + 13] & 16 else own)
        data = put(data, at + 4, ">I", (seq + own) & 0xFFFFFFFF)
        if data[at + 13] & 16:
            data = put(data, at + 8, ">I", (ack + other) & 0xFFFFFFFF)
        data = move_sack(data, place, other)
        out.append(edited(frame, repair(data) if frame.whole else data))
    return out


def move_sack(data, place, shift):
    at, end = place.l4 + 20, min(place.l4 + (data[place.l4 + 12] >> 4) * 4, place.end)
    while at + 1 < end and data[at] != 0:
        length = 1 if data[at] == 1 else data[at + 1]
        if length == 0 or at + length > end:
            break
        if data[at] == 5:
            for edge in range(at + 2, at + length - 3, 4):
                data = put(data, edge, ">I", struct.unpack(">I", data[edge:edge + 4])[0] + shift & 0xFFFFFFFF)
        at += length
    return data


def touch(rng, frames, change):
    """Some segments changed by `change(data, offset of TCP)`; the checksum is mostly made right again."""

    def one(frame):
        place = tcp(frame.bytes)
        if not place:
            return frame
        data = change(frame.bytes, place.l4)
        return edited(frame, repair(data) if frame.whole and rng.random() < 0.9 else data)

    return some(rng, frames, one)


def windows(rng, frames):
    def change(data, at):
        old = struct.unpack(">H", data[at + 14:at + 16])[0]
        return put(data, at + 14, ">H", rng.choice((0, 0, 1, old - 1, old + 1, old // 2, 65535)) & 0xFFFF)
    return touch(rng, frames, change)


def acks(rng, frames):
    def change(data, at):
        old = struct.unpack(">I", data[at + 8:at + 12])[0]
        return put(data, at + 8, ">I", old + rng.choice((-1, 1, -1, 1, 100, -1460, 1460, 10**6, 2**31)) & 0xFFFFFFFF)
    return touch(rng, frames, change)


def sequences(rng, frames):
    def change(data, at):
        old = struct.unpack(">I", data[at + 4:at + 8])[0]
        return put(data, at + 4, ">I", old + rng.choice((-1, 1, -1, 1, 10, -1460, 1460, 10**6, 2**31)) & 0xFFFFFFFF)
    return touch(rng, frames, change)


def flags(rng, frames):
    def change(data, at):
        return put(data, at + 12, ">BB", data[at + 12] ^ rng.choice((0, 0, 0, 1, 2, 14)), data[at + 13] ^ (1 << rng.randrange(8)))
    return touch(rng, frames, change)


def urgent(rng, frames):
    return touch(rng, frames, lambda data, at: put(data, at + 18, ">H", rng.getrandbits(16)))


def options(rng, frames):
    """A byte of the options changed, or the header's length."""
    def change(data, at):
        if rng.random() < 0.4:
            return put(data, at + 12, ">B", rng.randrange(16) << 4 | data[at + 12] & 15)
        end = min(at + (data[at + 12] >> 4) * 4, len(data))
        if end <= at + 20:
            return data
        return put(data, rng.randrange(at + 20, end), ">B", rng.choice((0, 1, 2, 3, 4, 5, 8, 10, 12, 34, 255, rng.randrange(256))))
    return touch(rng, frames, change)


def shorten(rng, frames):
    """Less or more payload than there was, with IP's length right."""
    def one(frame):
        place = tcp(frame.bytes)
        if not place or not frame.whole:
            return frame
        start = min(place.l4 + (frame.bytes[place.l4 + 12] >> 4) * 4, place.end)
        payload = frame.bytes[start:place.end]
        payload = payload[:rng.choice((0, 1, 1, len(payload) // 2))] if rng.random() < 0.7 else payload + b"m" * rng.randrange(1, 20)
        return Frame(frame.time, rebuilt(frame.bytes[:start] + payload, place))
    return some(rng, frames, one)


def rebuilt(data, place):
    """The frame with the IP length that its bytes say."""
    if place.version == 4:
        data = put(data, place.l3 + 2, ">H", (len(data) - place.l3) & 0xFFFF)
    else:
        data = put(data, place.l3 + 4, ">H", (len(data) - place.l3 - 40) & 0xFFFF)
    return repair(data)


# ---- packets

def lengths(rng, frames):
    """A length in IP's or UDP's header that is not so."""
    def one(frame):
        place = locate(frame.bytes)
        if not place:
            return frame
        data, delta = frame.bytes, rng.choice((-1000, -20, -1, 1, 4, 20, 1000))
        if place.proto == 17 and not place.fragment and len(data) >= place.l4 + 6 and rng.random() < 0.5:
            at, old = place.l4 + 4, struct.unpack(">H", data[place.l4 + 4:place.l4 + 6])[0]
        else:
            at = place.l3 + (2 if place.version == 4 else 4)
            old = struct.unpack(">H", data[at:at + 2])[0]
        data = put(data, at, ">H", rng.choice((0, 65535, old + delta, old + delta)) & 0xFFFF)
        if place.version == 4 and rng.random() < 0.8:
            data = put(data, place.l3 + 10, ">H", 0)
            data = put(data, place.l3 + 10, ">H", checksum(data[place.l3:place.l3 + (data[place.l3] & 15) * 4]))
        return edited(frame, data)
    return some(rng, frames, one)


def header_lengths(rng, frames):
    """IPv4's header length or version that is not so."""
    def one(frame):
        place = locate(frame.bytes)
        if not place or place.version != 4:
            return frame
        first = rng.choice((0x40 | rng.randrange(16), rng.randrange(16) << 4 | 5))
        return edited(frame, put(frame.bytes, place.l3, ">B", first))
    return some(rng, frames, one, 0.05)


def fragments(rng, frames):
    """Cut up, the parts in any order, some twice, some lost."""
    out = []
    for at, frame in enumerate(frames):
        place = locate(frame.bytes)
        if not place or not frame.whole or place.fragment or place.end - place.l4 < 16 or rng.random() < 0.6:
            out.append(frame)
            continue
        parts = cut_up(frame.bytes, place, rng.choice((8, 16, 24, 64, 512)), at)[:40]
        if rng.random() < 0.4:
            rng.shuffle(parts)
        if rng.random() < 0.2:
            parts.insert(rng.randrange(len(parts)), rng.choice(parts))
        if rng.random() < 0.1:
            parts.pop(rng.randrange(len(parts)))
        out += [Frame(frame.time + step * 1000, part) for step, part in enumerate(parts)]
    return out


def cut_up(data, place, size, number):
    head, body, parts = data[:place.l4], data[place.l4:place.end], []
    for at in range(0, len(body), size):
        piece, more = body[at:at + size], at + size < len(body)
        if place.version == 4:
            start = put(head, place.l3 + 2, ">HHH", place.l4 - place.l3 + len(piece), number & 0xFFFF,
                        at // 8 | (0x2000 if more else 0))
            parts.append(repair(start + piece))
        else:
            start = put(head, place.l3 + 4, ">HB", 8 + len(piece), 44)
            parts.append(start + struct.pack(">BBHI", place.proto, 0, at | more, number) + piece)
    return parts


def tunnel(rng, frames):
    """IP in IP, IPv6 in IPv4, and the other two."""
    outer = rng.choice((4, 6))

    def one(frame):
        place = locate(frame.bytes)
        if not place:
            return frame
        inner, number = frame.bytes[place.l3:], 4 if place.version == 4 else 41
        length = frame.length - place.l3
        if outer == 4:
            head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length & 0xFFFF, 7, 0, 64, number, 0) + b"\xc0\0\x02\x01\xc0\0\x02\x02"
            head = put(head, 10, ">H", checksum(head))
        else:
            head = struct.pack(">IHBB", 6 << 28, length & 0xFFFF, number, 64) + b"\x20\x01" + bytes(13) + b"\x01\x20\x01" + bytes(13) + b"\x02"
        kind = b"\x08\x00" if outer == 4 else b"\x86\xdd"
        return edited(frame, frame.bytes[:place.l3 - 2] + kind + head + inner)

    return some(rng, frames, one, rng.choice((0.1, 1.0)))


def extension_headers(rng, frames):
    """IPv6: hop-by-hop, destination, routing, a whole packet in a fragment header. IPv4: options."""
    def one(frame):
        data = frame.bytes
        place = locate(data)
        if not place or place.fragment:
            return frame
        if place.version == 4:
            room = 60 - (place.l4 - place.l3)
            extra = rng.choice((b"\x01\x01\x01\x00", b"\x94\x04\0\0", b"\x07\x07\x04" + bytes(5), b"\x44\x08\x05\0" + bytes(4)))[:room]
            if len(extra) % 4 or not extra:
                return frame
            data = data[:place.l4] + extra + data[place.l4:]
            data = put(data, place.l3, ">B", 0x40 | (place.l4 - place.l3 + len(extra)) // 4)
            at, delta = place.l3 + 2, len(extra)
        else:
            kind = rng.choice((0, 60, 43, 44))
            body = {44: struct.pack(">BBHI", place.proto, 0, 0, 9), 43: struct.pack(">BBBB4x", place.proto, 0, 0, 0)}
            extra = body.get(kind, struct.pack(">BBBB4x", place.proto, 0, 1, 4))
            data = data[:place.l4] + extra + data[place.l4:]
            data = put(data, place.l3 + 6, ">B", kind)
            at, delta = place.l3 + 4, len(extra)
        old = struct.unpack(">H", data[at:at + 2])[0]
        data = put(data, at, ">H", old + delta & 0xFFFF)
        if place.version == 4:
            data = put(data, place.l3 + 10, ">H", 0)
            data = put(data, place.l3 + 10, ">H", checksum(data[place.l3:place.l4 + delta]))
        return edited(frame, data)
    return some(rng, frames, one)


def icmp_errors(rng, frames):
    """A router answers some packets with an error that quotes more or less of them."""
    out = []
    for frame in frames:
        out.append(frame)
        place = locate(frame.bytes)
        if not place or rng.random() > 0.06:
            continue
        quoted = frame.bytes[place.l3:place.end][:rng.choice((28, 36, 48, 60, 128, 548))]
        data = frame.bytes
        if place.version == 4:
            body = struct.pack(">BBHI", *rng.choice(((3, 1), (3, 3), (3, 4), (11, 0), (5, 0), (12, 0), (4, 0))), 0, 1400) + quoted
            body = put(body, 2, ">H", checksum(body))
            head = struct.pack(">BBHHHBBH", 0x45, 0xC0, 20 + len(body), 3, 0, 64, 1, 0) + b"\xc6\x33\x64\x01" + data[place.l3 + 12:place.l3 + 16]
            data = data[:place.l3] + head + body
        else:
            body = struct.pack(">BBHI", *rng.choice(((1, 0), (1, 4), (2, 0), (3, 0), (4, 1))), 0, 1280) + quoted
            head = struct.pack(">IHBB", 6 << 28, len(body), 58, 64) + b"\x20\x01" + bytes(13) + b"\x09" + data[place.l3 + 8:place.l3 + 24]
            data = data[:place.l3] + head + body
        out.append(Frame(frame.time + 10**5, repair(data)))
    return out


def flip(rng, frames):
    """A byte of the first headers changed, and nothing made right."""
    def one(frame):
        if len(frame.bytes) < 20:
            return frame
        at = rng.randrange(12, min(len(frame.bytes), 90))
        return edited(frame, put(frame.bytes, at, ">B", rng.randrange(256)))
    return some(rng, frames, one)


# ---- link

def tags(rng, frames):
    tag = rng.choice((b"\x81\x00\x00\x05", b"\x88\xa8\xe0\x01\x81\x00\x00\x02", b"\x91\x00\x10\x01\x81\x00\x00\x02", b"\x81\x00\x0f\xff"))
    return some(rng, frames, lambda frame: edited(frame, frame.bytes[:12] + tag + frame.bytes[12:]), rng.choice((0.2, 1.0)))


def snap_header(rng, frames):
    """802.3 with LLC and SNAP instead of Ethernet II."""
    def one(frame):
        body = b"\xaa\xaa\x03\0\0\0" + frame.bytes[12:]
        return edited(frame, frame.bytes[:12] + struct.pack(">H", min(frame.length - 14 + 8, 1500)) + body)
    return some(rng, frames, one)


def trailer(rng, frames):
    """Padding, or a checksum that the card left there."""
    def one(frame):
        return edited(frame, frame.bytes + bytes(rng.getrandbits(8) if rng.random() < 0.5 else 0 for _ in range(rng.randrange(1, 30)))) if frame.whole else frame
    return some(rng, frames, one)


# ---- what was kept

def snap(rng, frames):
    limit = rng.choice((20, 34, 40, 50, 54, 58, 60, 66, 70, 80, 96, 128, 200))
    return [Frame(frame.time, frame.bytes[:limit], frame.length) for frame in frames]


def snap_some(rng, frames):
    return some(rng, frames, lambda frame: Frame(frame.time, frame.bytes[:rng.randrange(0, 90)], frame.length))


STAGES = (
    (again, one_way, cut_ends, drop, drop_run, duplicate, reorder, disorder_times, stretch_times),
    (renumber, windows, acks, sequences, flags, urgent, options, shorten),
    (fragments, tunnel, extension_headers, icmp_errors, lengths, header_lengths),
    (tags, snap_header, trailer),
    (snap, snap_some),
    (flip,),
)
# How often a stage takes part.
SHARES = (0.6, 0.6, 0.3, 0.12, 0.15, 0.04)
NAMES = {mutation.__name__: mutation for stage in STAGES for mutation in stage}
