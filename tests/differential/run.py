#!/usr/bin/env python3
"""Compares netlab with tshark over captures that nobody has seen: known ones mutated, and conversations invented.

usage: run.py --truth DIR [--seed N] [--count N] [--keep DIR] [options] [-- COMMAND...]

The truth folder gives the captures, the columns (the header of its tables) and the comparer; COMMAND (default
`netlab dissect --format json`) is run as by the comparer. The captures are made by the seed alone. With --keep the folder that is
made stays, in the form of the truth folder. Exit status: 0 when the shares asked for are reached, 1 if not, 2 usage.
"""
import argparse
import collections
import glob
import gzip
import importlib.util
import os
import random
import subprocess
import sys
import tempfile

import captures
import invent
import mutate
import shrink

PREFERENCES = ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE"]
# With only these on, no column depends on a guess about an application's protocol.
KEPT = {"frame", "eth", "ethertype", "vlan", "ieee8021ad", "llc", "sll", "null", "raw", "raw_ip", "ip", "ipv6", "arp", "icmp", "icmpv6",
        "tcp", "udp", "ah", "data", "_ws.malformed", "_ws.short", "_ws.unreassembled"}
KEPT_PREFIXES = ("ip.", "ipv6.", "tcp.", "udp.", "icmp.", "icmpv6.")
SOURCE_FRAMES = 600


class Tshark:
    """tshark with the settings of the truth, and everything above the transport turned off."""

    def __init__(self, columns, home):
        self.columns, self.home = columns, home
        listed = subprocess.run(["tshark", "-G", "protocols"], capture_output=True, text=True, check=True).stdout
        names = {line.split("\t")[2] for line in listed.splitlines() if line.count("\t") >= 2}
        off = [name for name in sorted(names) if name not in KEPT and not name.startswith(KEPT_PREFIXES)]
        with open(os.path.join(home, "disabled_protos"), "w", encoding="utf-8") as file:
            file.write("".join(name + "\n" for name in off))
        heuristics = subprocess.run(["tshark", "-G", "heuristic-decodes"], capture_output=True, text=True, check=True).stdout
        with open(os.path.join(home, "heuristic_protos"), "w", encoding="utf-8") as file:
            file.write("".join(line.split("\t")[3] + ",0\n" for line in heuristics.splitlines() if line.count("\t") >= 3))

    def table(self, path, out):
        """Writes the table of a capture."""
        command = ["tshark", "-n", "-r", path, "-T", "fields"]
        for preference in PREFERENCES:
            command += ["-o", preference]
        command += ["-E", "header=y", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=,"]
        for column in self.columns:
            command += ["-e", column]
        environment = dict(os.environ, WIRESHARK_CONFIG_DIR=self.home)
        found = subprocess.run(command, capture_output=True, env=environment, check=False)
        if found.returncode not in (0, 2):
            raise RuntimeError("tshark: " + found.stderr.decode("utf-8", "replace"))
        with gzip.open(out, "wb", 1) as file:
            file.write(found.stdout)


def comparer(truth):
    spec = importlib.util.spec_from_file_location("compare", os.path.join(truth, "compare.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def columns_of(truth):
    table = sorted(glob.glob(os.path.join(truth, "truth", "*.packets.tsv.gz")))[0]
    with gzip.open(table, "rt", encoding="utf-8") as file:
        return file.readline().rstrip("\n").split("\t")


def sources(truth, compare):
    """The sound pcap files of the truth, as Ethernet: name and frames."""
    found = []
    for entry in compare.manifest(truth):
        path = os.path.join(truth, "captures", entry["file"])
        if entry["expect"] != "ok" or not path.endswith(".pcap"):
            continue
        read = captures.read_pcap(path)
        if not read:
            continue
        frames = [captures.to_ethernet(read[0], frame) for frame in read[1][:SOURCE_FRAMES]]
        frames = [frame for frame in frames if frame]
        if len(frames) >= 4:
            found.append((entry["file"], frames))
    return found


def make(rng, pool, only):
    """A new capture: what was done, and its frames."""
    if not pool or rng.random() < 0.5:
        done, frames = ["invented"], invent.capture(rng, rng.randrange(2, 24), rng.choice((10, 25, 60)))
    else:
        name, frames = rng.choice(pool)
        done = [name]
        if rng.random() < 0.15:
            name, others = rng.choice(pool)
            shift = frames[0].time - others[0].time + rng.randrange(10**9)
            frames = mutate.by_time(frames + [frame.copy(frame.time + shift) for frame in others])
            done.append("with " + name)
    for stage, share in zip(mutate.STAGES, mutate.SHARES):
        chosen = [rng.choice(stage)] if rng.random() < share else []
        for mutation in chosen:
            if frames and (not only or mutation.__name__ in only):
                frames = mutation(rng, frames)
                done.append(mutation.__name__)
    return done, frames[:4000]


def store(rng, frames, folder, stem):
    """Writes the frames in some form of file, on some link; its name."""
    link, order = rng.choice((captures.ETHERNET,) * 12 + (captures.SLL, captures.SLL2, captures.RAW, captures.NULL,
                                                        captures.LOOP, captures.IPV4, captures.IPV6)), rng.choice("<<>")
    frames = [captures.from_ethernet(link, frame, order) for frame in frames]
    frames = [frame for frame in frames if frame]
    if rng.random() < 0.75:
        path = os.path.join(folder, stem + ".pcap")
        captures.write_pcap(path, link, frames, order, rng.random() < 0.5)
    else:
        path = os.path.join(folder, stem + ".pcapng")
        captures.write_pcapng(path, link, frames, order, rng.choice((6, 9, 9, 3, 0x80 | 10, 0x80 | 20)), rng.choice((1, 1, 3)),
                              rng.random() < 0.05, rng.random() < 0.3)
    return os.path.basename(path)


def arguments(argv):
    command = ["netlab", "dissect", "--format", "json"]
    if "--" in argv:
        cut = argv.index("--")
        argv, command = argv[:cut], argv[cut + 1:]
    parser = argparse.ArgumentParser(prog="run.py", description="Compare netlab with tshark over captures that are made here.")
    parser.add_argument("--truth", required=True, metavar="DIR", help="folder of the truth captures and the comparer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60, metavar="N", help="captures (default 60)")
    parser.add_argument("--only", action="append", default=[], choices=sorted(mutate.NAMES), help="only this mutation")
    parser.add_argument("--invented", action="store_true", help="only invented conversations")
    parser.add_argument("--fields", type=float, default=99.9, metavar="P", help="per cent of `fields` that must agree")
    parser.add_argument("--analysis", type=float, default=99.0, metavar="P", help="per cent of `analysis` that must agree")
    parser.add_argument("--show", type=int, default=3, metavar="N", help="differences shown a column")
    parser.add_argument("--shrink", type=int, default=0, metavar="N", help="make the first N differences as small as they get")
    parser.add_argument("--keep", metavar="DIR", help="leave what was made in this folder")
    return parser.parse_args(argv), command


def main(argv):
    options, command = arguments(argv)
    if not os.path.isfile(os.path.join(options.truth, "compare.py")):
        print("run.py: no compare.py in %s" % options.truth, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        return work(options, command, options.keep or temporary, temporary)


def work(options, command, folder, home):
    compare = comparer(options.truth)
    tshark = Tshark(columns_of(options.truth), home)
    for part in ("captures", "truth"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    pool = [] if options.invented else sources(options.truth, compare)
    entries, results, mutations = [], [], {}
    shared = {"truth": folder, "command": command, "timeout": 60, "show": 1000, "allow": {}, "columns": set(),
              "groups": ("fields", "analysis")}
    for number in range(options.count):
        rng = random.Random("%d/%d" % (options.seed, number))
        done, frames = make(rng, pool, options.only)
        name = store(rng, frames, os.path.join(folder, "captures"), "%d-%04d" % (options.seed, number))
        mutations[name] = done
        tshark.table(os.path.join(folder, "captures", name), os.path.join(folder, "truth", name + ".packets.tsv.gz"))
        entries.append({"file": name, "expect": "any", "tags": ["made"]})
        results.append(compare.check_file((entries[-1], shared)))
    with open(os.path.join(folder, "MANIFEST.tsv"), "w", encoding="utf-8") as file:
        file.write("file\texpect\ttags\tmade_by\n")
        file.writelines("%s\tany\tmade\t%s\n" % (name, " ".join(done)) for name, done in mutations.items())
    return report(options, compare, results, mutations, folder, tshark, shared)


def report(options, compare, results, mutations, folder, tshark, shared):
    totals, shown = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(list)
    failed = [(result.file, what) for result in results for what in result.failures]
    for result in results:
        for column, counts in result.counts.items():
            totals[column][0] += counts[0]
            totals[column][1] += counts[1]
        for column, differences in result.differences.items():
            shown[column] += differences
    for column, (compared, equal) in sorted(totals.items(), key=lambda pair: pair[1][1] - pair[1][0]):
        if compared == equal:
            continue
        print("%-42s %8d compared %6d differ" % (column, compared, compared - equal))
        for file, packet, ours, theirs in shown[column][:options.show]:
            print("    %s packet %s: ours %s, tshark %s   [%s]" % (file, packet, ours, theirs, ", ".join(mutations[file])))
    every = [difference + (column,) for column in sorted(shown) for difference in shown[column][:1]]
    for file, packet, _, _, column in every[:options.shrink]:
        shrink.shrink(compare, shared, tshark, folder, file, int(packet), column)
    for file, what in failed:
        print("failed: %s: %s   [%s]" % (file, what, ", ".join(mutations[file])))
    good = not failed
    for group, least in (("fields", options.fields), ("analysis", options.analysis)):
        compared = sum(counts[0] for column, counts in totals.items() if compare.group_of(column) == group)
        equal = sum(counts[1] for column, counts in totals.items() if compare.group_of(column) == group)
        enough = compared > 0 and equal * 100 >= compared * least
        print("%-8s agree %d of %d (%s %%), at least %g %% asked for%s" % (
            group, equal, compared, compare.floor_percent(equal, compared), least, "" if enough else ": MISSED"))
        good = good and enough
    print("made from seed %d: %d captures, failed %d" % (options.seed, len(results), len({file for file, _ in failed})))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
