#!/usr/bin/env python3
"""Measures netlab against tshark, tcpdump and a bare pass, and holds it to its promises. Run by ratios.sh.

usage: ratios.py NETLAB EXAMPLES FOLDER
"""
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

NETLAB, EXAMPLES, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
SMALL = bool(os.environ.get("SMALL"))
RUNS = int(os.environ.get("RUNS", "11"))
SLOW_RUNS = max(1, RUNS // 5)
GENERATE, BARE = str(EXAMPLES / "generate"), str(EXAMPLES / "bare")
NOWHERE = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Run:
    """What one run took: seconds by the clock, and of the processors."""

    def __init__(self, command, **streams):
        start = time.perf_counter()
        child = subprocess.Popen(command, **{**NOWHERE, **streams})
        if streams.get("stdin"):
            streams["stdin"].close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.perf_counter() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        if child.returncode != 0:
            sys.exit(f"failed with {child.returncode}: {' '.join(map(str, command))}")


def alternately(runs, *commands):
    """Runs the commands in turn, so that what disturbs one disturbs the others too; the median run of each."""
    taken = [[] for _ in commands]
    for _ in range(runs):
        for runs_of, command in zip(taken, commands):
            runs_of.append(Run(command))
    return [sorted(runs_of, key=lambda run: run.wall)[len(runs_of) // 2] for runs_of in taken]


def peak(command, tell=False, **streams):
    """The most memory that a command had at once, in KiB. `time` starts it: a child of Python counts Python's own too."""
    most = "Maximum resident set size (kbytes): "
    with tempfile.NamedTemporaryFile("r") as said:
        run = Run(["/usr/bin/time", "-v", "-o", said.name, *command], **streams)
        lines = [line.strip() for line in said]
    if tell:
        told = [line for line in lines if line.startswith((most, "Elapsed", "Percent of CPU", "Command"))]
        print("    (time -v: " + "; ".join(told) + ")")
    return next(int(line.removeprefix(most)) for line in lines if line.startswith(most)), run


def warm(path):
    """Reads a file once, so that it lies in the page cache for everybody."""
    with open(path, "rb") as file:
        while file.read(1 << 20):
            pass


def capture(name, *arguments):
    """A generated capture, its path, and how many packets are in it."""
    path, about = FOLDER / name, FOLDER / f"{name}.{'-'.join(arguments).replace('--', '')}"
    if not about.exists():
        with open(path, "wb") as out:
            told = subprocess.run([GENERATE, *arguments], stdout=out, stderr=subprocess.PIPE, check=True, text=True)
        about.write_text(told.stderr)
    warm(path)
    print(f"  {name}: {about.read_text().strip()}")
    return str(path)


# By the clock a busy machine or a busy neighbour moves a ratio by this much. What misses its promise by less is said loudly, but
# only more than that is a failure: benches/instructions.sh sees smaller steps back, whatever else the machine does.
NOISE = 1.25


class Table:
    def __init__(self):
        self.broken = 0
        self.missed = 0
        # Of the broken ones, those that no clock can be blamed for.
        self.beyond_doubt = 0
        # The same ratio by the processors' time, which minds less what else the machine does.
        self.by_cpu = None

    def head(self, text):
        print(f"\n{text:<81} {'by clock':>8} {'by cpu':>9}  promised")

    def row(self, what, figure, against, ratio, promise, kept, nearly=False):
        verdict = "kept" if kept else "NOT KEPT, by less than the clock's noise" if nearly else "BROKEN"
        self.missed += not kept and nearly
        self.broken += not kept and not nearly
        cpu, self.by_cpu = f"{self.by_cpu:.2f}x" if self.by_cpu else "", None
        print(f"  {what:<36} {figure:>10}   {against:<28} {ratio:>8} {cpu:>9}  {promise:<8} {verdict}", flush=True)

    def faster(self, what, run, other_name, other, least):
        """How many times as fast as something else."""
        ratio, self.by_cpu = other.wall / run.wall, other.cpu / run.cpu
        self.row(what, clock(run), f"{other_name} {clock(other)}", f"{ratio:.2f}x", f">= {least}x", ratio >= least,
                 nearly=ratio * NOISE >= least)

    def longer(self, what, run, other_name, other, most):
        """How many times the time of something else it takes."""
        ratio, self.by_cpu = run.wall / other.wall, run.cpu / other.cpu
        self.row(what, clock(run), f"{other_name} {clock(other)}", f"{ratio:.2f}x", f"<= {most}x", ratio <= most,
                 nearly=ratio <= most * NOISE)

    def memory(self, what, kib, conversations):
        limit = 64 * 1024 + conversations
        against = f"64 MB + 1 KB x {conversations}"
        self.row(what, f"{kib / 1024:.1f} MB", against, f"{kib / limit:.2f}", "<= 1", kib <= limit)
        self.beyond_doubt += kib > limit

    def below(self, what, figure, unit, limit):
        self.row(what, f"{figure:.1f} {unit}", f"{limit:.1f} {unit}", f"{figure / limit:.2f}", "<= 1", figure <= limit)


    def missing(self, what):
        """Something can't be measured here; where everything must be there, that is as bad as a broken promise."""
        print(f"  NOT MEASURED: {what}")
        in_ci = bool(os.environ.get("NETLAB_CI"))
        self.broken += in_ci
        self.beyond_doubt += in_ci


def clock(run):
    return f"{run.wall:.2f} s" if run.wall >= 1 else f"{run.wall * 1000:.1f} ms"


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    print(f"{os.cpu_count()} cores ({model}), {memory} GB, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}")
    for tool in ("tshark", "tcpdump"):
        said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False)
        print((said.stdout or said.stderr).splitlines()[0])
    print(f"median of {RUNS} runs, of {SLOW_RUNS} where tshark takes part; files in the page cache")


def conversations_in(path):
    """How many conversations netlab lists, and how many of TCP."""
    listed = subprocess.run([NETLAB, "flows", path, "--format", "json"], capture_output=True, check=True).stdout
    kinds = [json.loads(line) for line in listed.splitlines()]
    kinds = [row for row in kinds if row.get("kind") == "conversation"]
    return len(kinds), sum(row.get("protocol") == "tcp" for row in kinds)


def big(table, path):
    """What is promised on a whole class's recording."""
    table.head("Conversations of a big capture")
    flows, messages = [NETLAB, "flows", path], [NETLAB, "flows", path, "--messages"]
    ours, bare, counted = alternately(RUNS, flows, [BARE, path], messages)
    table.faster("netlab flows", ours, "bare pass", bare, 0.5)
    if shutil.which("tshark"):
        taken = [peak(["tshark", "-n", "-q", "-z", "conv,tcp", "-r", path]) for _ in range(SLOW_RUNS)]
        kib, tshark = sorted(taken, key=lambda run: run[1].wall)[len(taken) // 2]
        table.faster("netlab flows", ours, "tshark -z conv,tcp", tshark, 60)
        table.faster("netlab flows --messages", counted, "tshark -z conv,tcp", tshark, 60)
        print(f"    (tshark had {kib >> 10} MB at the most)")
    else:
        table.missing("netlab flows against tshark, which is not installed (apt install tshark)")
    listed, tcp = conversations_in(path)
    print(f"    (netlab lists {listed} conversations, {tcp} of TCP)")
    replays = [[NETLAB, "replay", path, "--stream", str(stream)] for stream in (0, tcp // 2, tcp - 1)]
    ours, *told = alternately(max(3, RUNS // 3), flows, *replays)
    for run, replay in zip(told, replays):
        table.longer(f"netlab replay --stream {replay[-1]}", run, "netlab flows", ours, 1.5)
    table.memory("netlab flows FILE: memory", peak(flows)[0], listed)
    table.memory("netlab flows --messages FILE: memory", peak(messages)[0], listed)
    table.memory("netlab replay --stream N: memory", peak(replays[-1])[0], listed)


def pipes(table, size, conversations, packets):
    """A stream that no file holds."""
    table.head(f"{size / 1e9:.1f} GB through a pipe")
    make = [GENERATE, "--conversations", str(conversations), "--packets", str(packets), "--bytes", str(size)]
    told, listed = FOLDER / "pipe.txt", FOLDER / "pipe.json"
    with open(told, "wb") as about, open(listed, "wb") as rows:
        maker = subprocess.Popen(make, **{**NOWHERE, "stdout": subprocess.PIPE, "stderr": about})
        kib, run = peak([NETLAB, "flows", "-", "--format", "json"], tell=True, stdin=maker.stdout, stdout=rows)
        maker.wait()
    print(f"    (generate: {told.read_text().strip()})")
    with open(listed, "rb") as rows:
        count = sum(b'"conversation"' in row for row in rows)
    table.memory("generate | netlab flows -: memory", kib, count)
    print(f"    ({count} listed; it took {clock(run)}, {run.cpu:.1f} s of processor, {size / 1e6 / run.wall:.0f} MB/s)")


def fields(table, path):
    table.head("Every field of every packet")
    ours = [NETLAB, "dissect", path, "--format", "json"]
    if shutil.which("tshark"):
        tshark, dissect = alternately(SLOW_RUNS, ["tshark", "-n", "-r", path, "-T", "ek"], ours)
        (dissect,) = alternately(max(3, RUNS // 2), ours)
        table.faster("netlab dissect --format json", dissect, "tshark -T ek", tshark, 15)
    else:
        table.missing("netlab dissect against tshark, which is not installed (apt install tshark)")


def start_up(table):
    table.head("Starting up")
    handshake = "captures/handshake.pcapng"
    runs = RUNS * 4
    replay, tcpdump = alternately(runs, [NETLAB, "replay", "handshake"], ["tcpdump", "-n", "-r", handshake])
    table.longer("netlab replay handshake", replay, "tcpdump -n -r", tcpdump, 3)
    table.below("netlab replay handshake", replay.wall * 1000, "ms", 10)
    for command, limit in (("handshake", 100), ("websocket", 200)):
        lab = [NETLAB, command, "--mode", "lab"]
        if subprocess.run(lab, **NOWHERE, check=False).returncode == 0:
            (run,) = alternately(RUNS, lab)
            table.below(f"netlab {command} --mode lab", run.wall * 1000, "ms", limit)
        else:
            table.missing(f"netlab {command} --mode lab, which does not work here (netlab doctor)")


def one_long_conversation(table):
    """Memory must not grow with the file when one short conversation of it is told."""
    table.head("A short conversation in a long file")
    peaks = []
    for megabytes in (16, 128 if SMALL else 1024):
        path = str(FOLDER / f"long-{megabytes}.pcap")
        if not os.path.exists(path):
            subprocess.run([sys.executable, "benches/big_capture.py", str(megabytes), path], check=True)
        peaks.append(peak([NETLAB, "replay", path, "--stream", "0"])[0])
    small, large = peaks
    table.below("netlab replay --stream 0: memory", large / 1024, "MB", (small * 1.25 + 2048) / 1024)
    print(f"    ({small / 1024:.1f} MB for a file of 16 MB)")


def main():
    machine()
    table = Table()
    tenth = 10 if SMALL else 1
    conversations, packets = 100_000 // tenth, 2_500_000 // tenth
    print("captures:")
    arguments = ("--conversations", str(conversations), "--packets", str(packets))
    recording = capture(f"class-{conversations}.pcap", *arguments)
    part = capture("part.pcap", "--conversations", "4000", "--packets", "100000")
    start_up(table)
    one_long_conversation(table)
    fields(table, part)
    big(table, recording)
    pipes(table, 4_000_000_000 // tenth, conversations, packets * 6)
    if table.missed:
        print(f"\nNOT KEPT, but by less than the clock's noise: {table.missed} (see above)")
    print(f"\npromises broken: {table.broken}" if table.broken or table.missed else "\nall promises kept")
    return 2 if table.beyond_doubt else min(table.broken, 1)


if __name__ == "__main__":
    sys.exit(main())
