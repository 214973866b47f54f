#!/usr/bin/env bash
# Instructions per packet, counted by callgrind: a figure that does not care how busy the machine is.
# usage: benches/instructions.sh [BINARY]      fails where one is more than a tenth above what stands below
#
# Each command runs on a capture and on its first half; the difference is what the packets cost, without starting up. Of replay
# only the telling counts: how far it counts conversations before that depends on which thread is faster, and flows counts the same.
set -euo pipefail
cd "$(dirname "$0")/.."
netlab=${1:-target/release/netlab}

# What they were when they were last measured; docs/performance.md says when and why they changed.
known() {
  case $1 in
    flows) echo 557 ;;
    dissect) echo 35841 ;;
    replay) echo 497 ;;
  esac
}

command -v valgrind >/dev/null || { echo "instructions.sh: valgrind is not installed" >&2; exit 2; }
cargo build --release --quiet --bins --examples
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
target/release/examples/generate --conversations 1000 --packets 50000 --seed 7 >"$folder/whole.pcap"
read -r whole half < <(python3 - "$folder" <<'PY'
import struct, sys
folder = sys.argv[1]
data = open(f"{folder}/whole.pcap", "rb").read()
ends, at = [], 24
while at < len(data):
    at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    ends.append(at)
half = len(ends) // 2
open(f"{folder}/half.pcap", "wb").write(data[: ends[half - 1]])
print(len(ends), half)
PY
)

# How many instructions a command takes.
count() {
  local only=()
  [ "$2" != replay ] || only=('--toggle-collect=*Telling*run*')
  valgrind "${only[@]}" --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
    awk '/Collected :/ { print $NF; found = 1 } END { exit !found }'
}

echo "$((whole - half)) packets of $whole; valgrind's $(valgrind --version)"
printf '%-36s %12s %12s %8s\n' command "a packet" known ratio
failed=0
row() { # key, arguments before the file, arguments after it
  local name=$1 before=$2 after=${3:-} all part known verdict=ok
  # shellcheck disable=SC2086
  all=$(count "$netlab" $before "$folder/whole.pcap" $after)
  # shellcheck disable=SC2086
  part=$(count "$netlab" $before "$folder/half.pcap" $after)
  each=$(((all - part) / (whole - half)))
  known=$(known "$name")
  [ $((each * 10)) -le $((known * 11)) ] || { verdict=MORE; failed=1; }
  printf '%-36s %12d %12d %8s  %s\n' "netlab $before${after:+ $after}" "$each" "$known" \
    "$(awk "BEGIN { printf \"%.2f\", $known ? $each / $known : 0 }")" "$verdict"
}
row flows flows
row dissect "dissect --format json"
row replay replay "--stream 500"
exit $failed
