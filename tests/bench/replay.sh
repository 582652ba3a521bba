#!/usr/bin/env bash
# Times `pcpsim replay` of percpu recordings, plain and compressed: million operations per second of
# user time, the median.
# usage: tests/bench/replay.sh [ROUNDS [OPERATIONS]]; 3 rounds of 6000000 operations unless given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

rounds=${1:-3}
operations=${2:-6000000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TIMEFORMAT='%U'
printf '%6s %12s %8s %8s\n' chunks operations plain gzip
for chunks in 10 100 1000; do
    name=$folder/$chunks
    # Chunks are filled to little more than half.
    build/release/tests/write_percpu_recording "$operations" $((chunks * 7 / 4)) "$name" >"$name.trace"
    gzip --keep "$name.trace"
    for file in "$name.trace" "$name.trace.gz"; do
        for ((round = 0; round < rounds; ++round)); do
            { time build/release/pcpsim replay "$file" >/dev/null; } 2>&1
        done | sort -n | sed -n "$(((rounds + 1) / 2))p"
    done | paste -s - | awk -v chunks="$chunks" -v n="$operations" \
        '{ printf "%6d %12d %8.2f %8.2f\n", chunks, n, n / $1 / 1e6, n / $2 / 1e6 }'
    rm "$name".*
done
