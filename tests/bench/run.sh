#!/usr/bin/env bash
# Compares the engine with the yardstick and with the peers that are installed: interleaved rounds,
# medians of process CPU time in ns per event (CONVOY: per cycle), and ratios.
# usage: tests/bench/run.sh [ROUNDS [LARGEST-N]]; 5 rounds and 65536 unless given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/support/setup.sh

rounds=${1:-5}
largest=${2:-65536}
rows=build/release/tests
install_packages "${bench_packages[@]}"
build release -DPCPSIM_BENCH=ON >/dev/null
raw=$(mktemp)
trap 'rm -f "$raw"' EXIT

# run_row FACTOR COMMAND...: one row of 1000000 / FACTOR events; prints nothing where it cannot.
run_row() {
    [[ -x $(command -v "$2" || true) ]] || return 0
    "${@:2}" $((1000000 / $1)) 2>/dev/null >>"$raw" || true
}

for ((round = 0; round < rounds; ++round)); do
    for work in "hold 256" "hold 4096" "hold 65536" "hold 1048576" "ping 256" "ping 10000" \
        "convoy 128"; do
        read -r name n <<<"$work"
        ((n <= largest)) || continue
        run_row 1 $rows/own_row pcpsim "$name" "$n"
        run_row 1 $rows/own_row heap "$name" "$n"
        run_row 4 $rows/ns3_row "$name" "$n"
        run_row 10 $rows/simgrid_row "$name" "$n"
        run_row 4 $rows/systemc_row "$name" "$n"
        run_row 20 /usr/bin/python3 tests/bench/peers/simpy_row.py "$name" "$n"
    done
done

# Columns of the raw rows: engine, workload, N, ns, bytes per process, checksum.
sort -k1,1 -k2,2 -k3,3n -k4,4n "$raw" | awk '
    { key = $1 SUBSEP $2 " " $3; of[key, ++count[key]] = $4; engines[$1]; sum[key] = $6; size[key] = $5 }
    END {
        columns = split("hold 256,hold 4096,hold 65536,hold 1048576,ping 256,ping 10000,convoy 128", work, ",")
        names = split("pcpsim heap ns-3 SimGrid SystemC SimPy", engine, " ")
        printf "%-14s", "ns per event"
        for (c = 1; c <= columns; ++c) printf "%14s", work[c]
        print ""
        for (e = 1; e <= names; ++e) {
            if (!(engine[e] in engines)) continue
            printf "%-14s", engine[e]
            for (c = 1; c <= columns; ++c) {
                key = engine[e] SUBSEP work[c]
                if (!(key in count)) { printf "%14s", "-"; continue }
                ns[e, c] = of[key, int((count[key] + 1) / 2)]
                mark = sum[key] == sum["pcpsim" SUBSEP work[c]] ? "" : "*"
                printf "%14s", sprintf("%.0f%s", ns[e, c], mark)
                if (e > 2 && (!(c in best) || ns[e, c] < best[c])) best[c] = ns[e, c]
            }
            print ""
        }
        printf "%-14s", "to the heap"
        for (c = 1; c <= columns; ++c) printf "%14s", (1, c) in ns ? sprintf("%.2f", ns[1, c] / ns[2, c]) : "-"
        printf "\n%-14s", "best peer"
        for (c = 1; c <= columns; ++c) printf "%14s", c in best ? sprintf("x %.1f", best[c] / ns[1, c]) : "-"
        print "\n* another order of events: its checksum differs"
        key = "pcpsim" SUBSEP "ping 10000"
        if (key in size) print "bytes per process, pcpsim, ping 10000: " size[key]
    }'
