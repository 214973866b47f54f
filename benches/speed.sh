#!/usr/bin/env bash
# How long the commands take from process start to exit, and how replay's memory grows with the file.
# usage: benches/speed.sh [BINARY]        prints figures and ratios; fails where a promise is broken
set -euo pipefail
cd "$(dirname "$0")/.."
netlab=${1:-target/release/netlab}
[ -x "$netlab" ] || cargo build --release --quiet
runs=${RUNS:-40}

# Median wall time of a command, in milliseconds.
median() {
  python3 - "$runs" "$@" <<'PY'
import statistics, subprocess, sys, time
runs, command = int(sys.argv[1]), sys.argv[2:]
times = []
for _ in range(runs):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, stdin=subprocess.DEVNULL)
    times.append((time.perf_counter() - start) * 1000)
print(f"{statistics.median(times):.1f}")
PY
}

# Peak memory of a command, in KiB.
peak() {
  python3 - "$@" <<'PY'
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
sys.exit("failed") if status else print(usage.ru_maxrss)
PY
}

failed=0
row() { # name, figure, limit, unit
  local verdict=ok
  awk "BEGIN { exit !($2 <= $3) }" || { verdict=BROKEN; failed=1; }
  printf '%-34s %10s %-4s promised %8s  ratio %5.2f  %s\n' "$1" "$2" "$4" "$3" "$(awk "BEGIN { print $2 / $3 }")" "$verdict"
}

echo "netlab on $(nproc) cores, Linux $(uname -r), median of $runs runs"
start=$(median true)
printf '%-34s %10s ms   (starting any process)\n' "true" "$start"
row "netlab replay handshake" "$(median "$netlab" replay handshake)" 10 ms
if "$netlab" handshake --mode lab >/dev/null 2>&1; then
  row "netlab handshake (lab)" "$(median "$netlab" handshake --mode lab)" 100 ms
else
  echo "netlab handshake (lab)             not measured: the lab does not work here (netlab doctor)"
fi

if [ -z "${SKIP_BIG:-}" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  for megabytes in 16 1024; do
    python3 benches/big_capture.py "$megabytes" "$folder/$megabytes.pcap"
  done
  small=$(peak "$netlab" replay "$folder/16.pcap" --stream 0)
  large=$(peak "$netlab" replay "$folder/1024.pcap" --stream 0)
  row "replay of 1 GB: peak memory" "$large" "$(awk "BEGIN { print int($small * 1.25 + 2048) }")" KiB
  echo "                                   ($small KiB for 16 MB)"
fi
exit $failed
