#!/usr/bin/env python3
"""Writes a pcap file of about so many megabytes: one short TCP conversation, then bulk data of another.

usage: big_capture.py MEGABYTES FILE
"""
import struct
import sys


def segment(client, seq, ack, flags, payload=b""):
    """An Ethernet frame with one TCP segment between 10.0.0.1 and 10.0.0.2; checksums are left 0."""
    ports = (client, 80) if client < 50000 else (client, 81)
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 65535, 0, 0)
    length = 20 + len(tcp) + len(payload)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 6, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    return b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0" + ip + tcp + payload


def record(microseconds, frame):
    return struct.pack("<IIII", microseconds // 1_000_000, microseconds % 1_000_000, len(frame), len(frame)) + frame


def main():
    megabytes, path = int(sys.argv[1]), sys.argv[2]
    payload = bytes(range(256)) * 5 + bytes(180)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        out.write(record(0, segment(40000, 1000, 0, 2)))
        out.write(record(10, segment(60000, 5000, 0, 2)))
        time, seq = 20, 5001
        block, left = [], megabytes * 1_000_000
        while left > 0:
            frame = record(time, segment(60000, seq, 0, 16, payload))
            block.append(frame)
            left -= len(frame)
            time, seq = time + 12, (seq + len(payload)) & 0xFFFFFFFF
            if len(block) == 4096:
                out.write(b"".join(block))
                block.clear()
        out.write(b"".join(block))


if __name__ == "__main__":
    main()
