"""Capture files, and the headers of a frame, as far as a mutation needs them. Standard library only."""
import struct

ETHERNET, NULL, LOOP, RAW, SLL, SLL2, IPV4, IPV6 = 1, 0, 108, 101, 113, 276, 228, 229


class Frame:
    """A frame: time in nanoseconds, the bytes that were kept, the length on the wire."""

    __slots__ = ("time", "bytes", "length")

    def __init__(self, time, data, length=None):
        self.time, self.bytes = time, bytes(data)
        self.length = len(self.bytes) if length is None else length

    def copy(self, time=None):
        return Frame(self.time if time is None else time, self.bytes, self.length)

    @property
    def whole(self):
        return len(self.bytes) == self.length


def read_pcap(path):
    """The link type and the frames of a pcap file; None of anything else and of what is damaged."""
    with open(path, "rb") as file:
        data = file.read()
    orders = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
              b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}
    if len(data) < 24 or data[:4] not in orders:
        return None
    order, tick = orders[data[:4]]
    link = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, ticks, kept, length = struct.unpack(order + "IIII", data[at:at + 16])
        if at + 16 + kept > len(data) or kept > 262144:
            return None
        frames.append(Frame(seconds * 10**9 + ticks * tick, data[at + 16:at + 16 + kept], length))
        at += 16 + kept
    return link, frames


def write_pcap(path, link, frames, order="<", nanos=False):
    magic, tick = (0xA1B23C4D, 1) if nanos else (0xA1B2C3D4, 1000)
    with open(path, "wb") as out:
        out.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link))
        for frame in frames:
            seconds, rest = divmod(max(frame.time, 0), 10**9)
            out.write(struct.pack(order + "IIII", seconds, rest // tick, len(frame.bytes), frame.length))
            out.write(frame.bytes)


def write_pcapng(path, link, frames, order="<", resolution=6, interfaces=1, simple=False, comments=False):
    """`resolution`: if_tsresol's byte. Frames go round the interfaces; `simple`: all are Simple Packet Blocks, without times."""

    def block(kind, body):
        body += bytes(-len(body) % 4)
        length = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + length + body + length

    def option(code, value):
        return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)

    ticks = (1 << (resolution & 0x7F)) if resolution & 0x80 else 10 ** resolution
    with open(path, "wb") as out:
        out.write(block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for _ in range(interfaces):
            out.write(block(1, struct.pack(order + "HHI", link, 0, 0) + option(9, bytes([resolution])) + option(0, b"")))
        for at, frame in enumerate(frames):
            kept = len(frame.bytes)
            padded = frame.bytes + bytes(-kept % 4)
            if simple and frame.whole:
                out.write(block(3, struct.pack(order + "I", frame.length) + padded))
                continue
            time = max(frame.time, 0) * ticks // 10**9
            body = struct.pack(order + "IIIII", at % interfaces, time >> 32 & 0xFFFFFFFF, time & 0xFFFFFFFF, kept,
                               frame.length) + padded
            if comments and at % 3 == 0:
                body += option(1, b"frame \xe2\x80\xae %d \x1b[31m" % at) + option(0, b"")
            out.write(block(6, body))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Place:
    """Where the headers of an Ethernet frame stand."""

    __slots__ = ("l3", "version", "proto", "l4", "end", "fragment")

    def __init__(self, l3, version, proto, l4, end, fragment):
        self.l3, self.version, self.proto, self.l4, self.end, self.fragment = l3, version, proto, l4, end, fragment


def locate(data):
    """The place of the IP packet and its transport in an Ethernet frame that may have tags; None where there is none."""
    at = 12
    while len(data) >= at + 2 and data[at:at + 2] in (b"\x81\x00", b"\x88\xa8", b"\x91\x00"):
        at += 4
    kind, at = data[at:at + 2], at + 2
    if kind == b"\x08\x00" and len(data) >= at + 20 and data[at] >> 4 == 4:
        header = (data[at] & 15) * 4
        total = struct.unpack(">H", data[at + 2:at + 4])[0]
        offset = struct.unpack(">H", data[at + 6:at + 8])[0]
        if header >= 20 and total >= header:
            return Place(at, 4, data[at + 9], at + header, min(at + total, len(data)), offset & 0x3FFF != 0)
    elif kind == b"\x86\xdd" and len(data) >= at + 40 and data[at] >> 4 == 6:
        length = struct.unpack(">H", data[at + 4:at + 6])[0]
        return Place(at, 6, data[at + 6], at + 40, min(at + 40 + length, len(data)), False)
    return None


def tcp(data):
    """The place, where the frame holds a TCP header that is all there."""
    place = locate(data)
    if place and place.proto == 6 and not place.fragment and place.end >= place.l4 + 20:
        return place
    return None


def repair(data):
    """The frame with IPv4's checksum and that of TCP, UDP or ICMPv6 made right, where their bytes are there."""
    place = locate(data)
    if not place:
        return data
    data = bytearray(data)
    if place.version == 4:
        data[place.l3 + 10:place.l3 + 12] = b"\0\0"
        data[place.l3 + 10:place.l3 + 12] = struct.pack(">H", checksum(bytes(data[place.l3:place.l4])))
        addresses = bytes(data[place.l3 + 12:place.l3 + 20])
    else:
        addresses = bytes(data[place.l3 + 8:place.l3 + 40])
    field = {6: 16, 17: 6, 58: 2}.get(place.proto)
    if field is None or place.fragment or place.end < place.l4 + field + 2:
        return bytes(data)
    at = place.l4 + field
    data[at:at + 2] = b"\0\0"
    body = bytes(data[place.l4:place.end])
    value = checksum(addresses + struct.pack(">IHBB", len(body), 0, 0, place.proto) + body)
    data[at:at + 2] = struct.pack(">H", value or (0xFFFF if place.proto == 17 else 0))
    return bytes(data)


def to_ethernet(link, frame):
    """The frame as Ethernet would carry it; None where that cannot be."""
    data, cut = frame.bytes, frame.length - len(frame.bytes)
    if link == ETHERNET:
        return frame
    if link in (SLL, SLL2):
        length = 16 if link == SLL else 20
        kind, body = (data[14:16] if link == SLL else data[0:2]), data[length:]
        if len(data) < length or kind < b"\x06\x00":
            return None
    elif link in (RAW, IPV4, IPV6, 12, 14) or link in (NULL, LOOP):
        body = data[4:] if link in (NULL, LOOP) else data
        if not body or body[0] >> 4 not in (4, 6):
            return None
        kind = b"\x08\x00" if body[0] >> 4 == 4 else b"\x86\xdd"
    else:
        return None
    data = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01" + kind + body
    return Frame(frame.time, data, len(data) + cut)


def from_ethernet(link, frame, order="<"):
    """The same the other way; None where the link cannot carry it."""
    data, cut = frame.bytes, frame.length - len(frame.bytes)
    if link == ETHERNET:
        return frame
    kind, body = data[12:14], data[14:]
    if link in (SLL, SLL2):
        if kind < b"\x06\x00":
            return None
        head = (struct.pack(">HHH", 0, 1, 6) + data[6:12] + b"\0\0" + kind if link == SLL else
                kind + struct.pack(">HIHBB", 0, 2, 1, 4, 6) + data[6:12] + b"\0\0")
    elif kind == b"\x08\x00" and link != IPV6 or kind == b"\x86\xdd" and link != IPV4:
        family = 2 if kind == b"\x08\x00" else 30
        head = {NULL: struct.pack(order + "I", family), LOOP: struct.pack(">I", family)}.get(link, b"")
    else:
        return None
    data = head + body
    return Frame(frame.time, data, len(data) + cut)
