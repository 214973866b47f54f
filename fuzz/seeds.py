#!/usr/bin/env python3
"""Makes the first inputs of every fuzz target from captures; nothing of it is committed.

usage: seeds.py FOLDER CAPTURE...

Writes FOLDER/TARGET/seed-*. The forms are those that the targets describe. Captures: files, or folders of them.
"""
import glob
import hashlib
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "differential"))
import captures  # noqa: E402
import shrink  # noqa: E402

# The same as in fuzz/src/lib.rs.
LINKS = [1, 0, 101, 108, 113, 228, 229, 276, 12, 147]
# Larger files and frames slow a fuzzer down more than they teach it.
FILE, FRAME, SEQUENCE = 24_000, 700, 1_500
FILTERS = ("tcp", "tcp.flags.syn == 1 and tcp.flags.ack == 0", "ip.addr == 10.0.0.1/8 || ipv6.src == fe80::1", "tcp.port in {80, 8000..8080}",
           "!(udp.dstport != 53)", 'dns.qry.name contains "a\\x41\\"b"', "frame.comment matches \"^St.p\"", "eth.src == 02:00:00:00:00:01",
           "tcp.analysis.retransmission && frame.time_epoch >= 1.5", "tcp.seq_raw lt 0xffff xor not ip.ttl ge 64", "(((tcp)))", "tcp.len > 0")


def write(folder, target, data):
    place = os.path.join(folder, target)
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "seed-" + hashlib.sha1(data).hexdigest()[:16]), "wb") as file:
        file.write(data)


def sequence(link, frames, form):
    """A tracker's input: frames with their bytes."""
    out, last = bytes([form, LINKS.index(link)]), None
    for frame in frames:
        data = frame.bytes[:min(FRAME, 0x7FF)]
        cut = max(0, min((frame.length - len(data)) // 16, 31))
        pause = 0 if last is None else max(0, min((frame.time - last) // 100_000, 65535))
        out += struct.pack(">HH", cut << 11 | len(data), pause) + data
        last = frame.time
        if len(out) > SEQUENCE:
            break
    return out


def segments(link, frames, form):
    """The same conversations, as numbers only."""
    out, ends, streams = bytes([form, 0]), {}, {}
    for frame in frames:
        ethernet = captures.to_ethernet(link, frame)
        place = ethernet and captures.tcp(ethernet.bytes)
        if not place:
            continue
        data, at = ethernet.bytes, place.l4
        near, far, seq, ack, offset, flags, window = struct.unpack(">HHIIBBH", data[at:at + 16])
        key = (min(near, far), max(near, far))
        stream = streams.setdefault(key, len(streams))
        if stream > 3:
            continue
        side = 0 if near == key[1] else 1
        own, other = ends.get((key, side), seq), ends.get((key, 1 - side), ack)
        length = min(max(0, place.end - at - (offset >> 4) * 4), 0x7FF)

        def step(value, base):
            return max(-2048, min(2047, (value - base + 2**31) % 2**32 - 2**31)) * 16 & 0xFFFF

        out += struct.pack(">BBHHHHH", side | stream << 1 | (0x40 if flags & 2 else 0), flags, step(seq, own), step(ack, other),
                           window, length, 10)
        ends[key, side] = (seq + length + (flags >> 1 & 1) + (flags & 1)) & 0xFFFFFFFF
        if len(out) > SEQUENCE:
            break
    return out


def script(link, frames):
    """The reassembler's input: of each segment eight bytes (netlab::flow::stream::script), then some of its data."""
    out, zeros, streams = b"\0\3", {}, {}
    for frame in frames:
        ethernet = captures.to_ethernet(link, frame)
        place = ethernet and captures.tcp(ethernet.bytes)
        if not place:
            continue
        data, at = ethernet.bytes, place.l4
        near, far, seq, ack, offset, flags, _ = struct.unpack(">HHIIBBH", data[at:at + 16])
        stream = streams.setdefault((min(near, far), max(near, far)), len(streams))
        if stream > 15:
            continue
        seq -= zeros.setdefault((stream, near < far), seq if flags & 2 else seq - 1)
        ack -= zeros.setdefault((stream, near > far), ack - 1)
        payload = data[at + (offset >> 4) * 4:place.end][:255]
        bits = (near > far) | (flags & 2) | (4 if flags & 1 else 0) | (8 if flags & 4 else 0) | (flags & 16)
        out += struct.pack(">BHBHBB", bits, seq & 0xFFFF, len(payload), ack & 0xFFFF, 0, stream) + payload
        if len(out) > SEQUENCE:
            break
    return out


def websockets(link, frames):
    """The websocket target's inputs: of each connection that answers with 101, what follows it, in packets as they came."""
    ends, asked, found = {}, set(), {}
    for frame in frames:
        ethernet = captures.to_ethernet(link, frame)
        place = ethernet and captures.tcp(ethernet.bytes)
        if not place:
            continue
        data, at = ethernet.bytes, place.l4
        near, far, seq, _, offset = struct.unpack(">HHIIB", data[at:at + 13])
        payload = data[at + (offset >> 4) * 4:place.end]
        # What comes again is left out.
        if not payload or seq != ends.setdefault((near, far), seq):
            continue
        ends[near, far] = seq + len(payload) & 0xFFFFFFFF
        key = (min(near, far), max(near, far))
        if key not in found:
            head, end, payload = payload.partition(b"\r\n\r\n")
            if b"upgrade: websocket" in head.lower() and head.startswith(b"GET"):
                asked.add((key, near))
            if not end or not head.startswith(b"HTTP/1.1 101") or (key, far) not in asked:
                continue
            deflate = 0x39 if b"permessage-deflate" in head else 0
            deflate |= 2 if b"server_no_context" in head else 0
            found[key] = bytearray([3, deflate | (4 if b"client_no_context" in head else 0)])
        if payload and len(found[key]) < 2 * SEQUENCE:
            payload = payload[:2 * SEQUENCE]
            found[key] += struct.pack(">BH", int((key, far) in asked), len(payload)) + payload
    return [bytes(script) for script in found.values() if len(script) > 2]


def talk(link, frames, choice):
    """HTTP's input: what both sides say in turn, in the order of the frames; of each piece three bytes (who; how long), then itself."""
    out, streams = bytes([choice]), {}
    for frame in frames:
        ethernet = captures.to_ethernet(link, frame)
        place = ethernet and captures.tcp(ethernet.bytes)
        if not place:
            continue
        data, at = ethernet.bytes, place.l4
        near, far, _, _, offset, flags, _ = struct.unpack(">HHIIBBH", data[at:at + 16])
        stream = streams.setdefault((min(near, far), max(near, far)), len(streams))
        payload = data[at + (offset >> 4) * 4:place.end]
        if stream > 3:
            continue
        who = (near < far) | stream << 6
        if payload:
            out += struct.pack(">BH", who, len(payload)) + payload
        if flags & 5:
            out += struct.pack(">BH", who | 13 << 1, flags >> 2 & 1)
        if len(out) > 2 * SEQUENCE:
            break
    return out


def sessions():
    """The TLS target's input: of each recorded session its pieces, whole and without some of them."""
    names = ["aes128", "aes256", "chacha20", "retry", "updates", "tls12", "lines"]
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "tls", "recorded")
    for index, name in enumerate(names):
        pieces = []
        with open(os.path.join(folder, name + ".txt"), encoding="ascii") as file:
            for line in file:
                word, _, rest = line.strip().partition(" ")
                if word in ("client", "server"):
                    data = bytes.fromhex(rest)
                    pieces.append(struct.pack(">BH", word == "server", len(data)) + data)
                elif word in ("end-client", "end-server"):
                    pieces.append(struct.pack(">BH", 6 | (word == "end-server"), 0))
        for choice in (3, 0, 1, 0xFF):
            yield bytes([index, choice]) + b"".join(pieces[:40])
        for lost in range(1, min(len(pieces), 9)):
            side, length = pieces[lost][0] & 1, len(pieces[lost]) - 3
            hole = struct.pack(">BH", 4 | side, max(length - 1, 0))
            yield bytes([index, 0x13]) + b"".join(pieces[:lost] + [hole] + pieces[lost + 1:20])
        yield bytes([7, 3]) + b"".join(pieces[:10])


def frame_input(link, frame):
    cut = max(0, min(frame.length - len(frame.bytes), 65535))
    return struct.pack(">BHB", LINKS.index(link), cut, 0) + frame.bytes[:FRAME]


def main(argv):
    if len(argv) < 2:
        sys.exit(__doc__)
    folder, paths = argv[0], []
    for name in argv[1:]:
        paths += sorted(glob.glob(os.path.join(name, "*"))) if os.path.isdir(name) else [name]
    seen = set()
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        write(folder, "readers", data[:FILE])
        try:
            link, frames = shrink.frames_of(path)
        except (IndexError, struct.error):
            continue  # damaged: a seed for the readers only
        if link not in LINKS or not frames:
            continue
        for form in (0, 2, 4):
            write(folder, "tracker", sequence(link, frames, form | 1))
            write(folder, "tracker", segments(link, frames, form))
        write(folder, "reassembler", script(link, frames))
        write(folder, "reassembler", sequence(link, frames, 1))
        for script_of_one in websockets(link, frames):
            write(folder, "websocket", script_of_one)
        for choice in range(4):
            write(folder, "http", talk(link, frames, choice))
        for frame in frames[:300]:
            # Frames of the same make teach nothing new: the first of each length of each kind is enough.
            kind = (link, frame.bytes[12:24:2], len(frame.bytes) // 8)
            if kind not in seen:
                seen.add(kind)
                write(folder, "dissector", frame_input(link, frame))
    for data in sessions():
        write(folder, "tls", data)
    for text in FILTERS:
        write(folder, "filter", text.encode())
    for target in sorted(os.listdir(folder)):
        print("%-12s %d seeds" % (target, len(os.listdir(os.path.join(folder, target)))))


if __name__ == "__main__":
    main(sys.argv[1:])
