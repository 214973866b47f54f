"""Makes a difference small: the fewest frames of a capture on which netlab and tshark still say different things of the last one."""
import os
import struct

import captures


def frames_of(path):
    """Link and frames of a pcap file, or of the simple pcapng that `captures` writes."""
    read = captures.read_pcap(path)
    if read:
        return read
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    at, link, frames, ticks = 0, 1, [], 10**6
    while at + 12 <= len(data):
        kind, length = struct.unpack(order + "II", data[at:at + 8])
        body = data[at + 8:at + length - 4]
        if kind == 1:
            link, resolution = struct.unpack(order + "H", body[:2])[0], body[12]
            ticks = (1 << (resolution & 0x7F)) if resolution & 0x80 else 10 ** resolution
        elif kind == 6:
            _, high, low, kept, wire = struct.unpack(order + "IIIII", body[:20])
            frames.append(captures.Frame((high << 32 | low) * 10**9 // ticks, body[20:20 + kept], wire))
        elif kind == 3:
            wire = struct.unpack(order + "I", body[:4])[0]
            frames.append(captures.Frame(0, body[4:4 + wire], wire))
        at += max(length, 12)  # a damaged file may say 0
    return link, frames


def differs(compare, shared, tshark, folder, link, frames, column):
    """What both say of the last frame's column, if that differs; else None."""
    name = "small.pcap"
    path = os.path.join(folder, "captures", name)
    captures.write_pcap(path, link, frames, nanos=True)
    tshark.table(path, os.path.join(folder, "truth", name + ".packets.tsv.gz"))
    result = compare.check_file(({"file": name, "expect": "any", "tags": []}, dict(shared, columns={column})))
    for _, packet, ours, theirs in result.differences[column]:
        if int(packet) == len(frames):
            return ours, theirs
    return None


def shrink(compare, shared, tshark, folder, file, packet, column):
    """Prints the smallest capture found, with tshark's view of it."""
    link, frames = frames_of(os.path.join(folder, "captures", file))
    frames = frames[:packet]
    said = differs(compare, shared, tshark, folder, link, frames, column)
    if not said:
        print("    %s packet %d %s: depends on the form of the file" % (file, packet, column))
        return
    step = max(len(frames) // 2, 1)
    while step >= 1:
        at = 0
        while at < len(frames) - 1:
            fewer = frames[:at] + frames[min(at + step, len(frames) - 1):]
            found = differs(compare, shared, tshark, folder, link, fewer, column)
            if found:
                frames, said = fewer, found
            else:
                at += step
        step //= 2
    differs(compare, shared, tshark, folder, link, frames, column)
    name = "small-%s-%d-%s.pcap" % (file.split(".")[0], packet, column)
    captures.write_pcap(os.path.join(folder, name), link, frames, nanos=True)
    print("\n%s of the last of %d frames (%s): ours %s, tshark %s" % (column, len(frames), name, *said))
    for frame in frames:
        print("    " + describe(link, frame, frames[0].time))


def describe(link, frame, start):
    ethernet = captures.to_ethernet(link, frame)
    place = ethernet and captures.tcp(ethernet.bytes)
    when = "%+.6f" % ((frame.time - start) / 1e9)
    if not place:
        return "%s  %s" % (when, frame.bytes[:80].hex())
    data, at = ethernet.bytes, place.l4
    source, target, seq, ack, offset, flags, window = struct.unpack(">HHIIBBH", data[at:at + 16])
    names = "".join(name for bit, name in enumerate("FSRPAUEC") if flags >> bit & 1)
    options = data[at + 20:at + (offset >> 4) * 4].hex()
    return "%s  %d > %d  %-4s seq %d ack %d win %d len %d %s" % (
        when, source, target, names, seq, ack, window, place.end - at - (offset >> 4) * 4, options)
