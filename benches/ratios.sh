#!/usr/bin/env bash
# Every promise on speed and memory as a ratio, measured on this machine. docs/performance.md keeps the figures.
# usage: benches/ratios.sh [BINARY]      exit 2: memory, or something can't be measured; 1: the clock, by more than a quarter
#   SMALL=1      captures of a tenth of the size, for a quick look; the promises stay the same
#   RUNS=N       runs of what takes below a second (11); what is slow runs fewer times
#   FOLDER=DIR   where the captures are made and kept; otherwise they are made anew and thrown away (2 GB of room)
set -euo pipefail
cd "$(dirname "$0")/.."
netlab=${1:-target/release/netlab}
cargo build --release --quiet --bins --examples
if [ -z "${FOLDER:-}" ]; then
  FOLDER=$(mktemp -d)
  trap 'rm -rf "$FOLDER"' EXIT
fi
mkdir -p "$FOLDER"
python3 benches/ratios.py "$netlab" target/release/examples "$FOLDER"
