#!/usr/bin/env bash
# Times whole runs of `pcpsim compare`, one job, the scenarios interleaved: median CPU seconds.
# usage: tests/bench/whole.sh [ROUNDS [PCPSIM-ARGUMENT...]], such as 3 --no-bursts; 5 rounds unless
# given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

rounds=${1:-5}
times=$(mktemp)
trap 'rm -f "$times"' EXIT
TIMEFORMAT='%U %S'
for ((round = 0; round < rounds; ++round)); do
    for scenario in scenarios/*.json; do
        spent=$({ time build/release/pcpsim compare "$scenario" --jobs 1 "${@:2}" >/dev/null 2>&1; } 2>&1)
        echo "$scenario $spent"
    done
done >"$times"
sort -k1,1 -k2,2n "$times" | awk '
    { of[$1, ++count[$1]] = $2 + $3 }
    END { for (s in count) printf "%-45s %7.2f s\n", s, of[s, int((count[s] + 1) / 2)] }' | sort
