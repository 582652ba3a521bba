#!/usr/bin/env bash
# How the CPU time of a run grows with the machine: with CPUs, with memory, with drains per second.
# usage: tests/bench/growth.sh [PCPSIM]; prints the table of the README, seconds of user time and MiB
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
pcpsim=$(realpath "${1:-build/release/pcpsim}")
epyc=$(realpath scenarios/machines/epyc-7742-2s.json)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Sockets of 64 cores with two threads; below that, one socket of single threads.
machine() { # CPUS GIB_PER_SOCKET
    local cpus=$1 memory=$2 sockets=1 cores=$1 threads=1 links=""
    if ((cpus >= 128)); then sockets=$((cpus / 128)) cores=64 threads=2; fi
    for ((i = 1; i < sockets; ++i)); do
        links+=",{\"from\":\"socket0\",\"to\":\"socket$i\",\"latency\":\"60ns\"}"
    done
    sed -e "s/\"sockets\": .*/\"sockets\": $sockets,/" \
        -e "s/\"nodes_per_socket\": .*/\"nodes_per_socket\": 1,/" \
        -e "s/\"cores_per_node\": .*/\"cores_per_node\": $cores,/" \
        -e "s/\"cores_per_cache\": .*/\"cores_per_cache\": $((cores < 4 ? cores : 4)),/" \
        -e "s/\"threads_per_core\": .*/\"threads_per_core\": $threads,/" \
        -e "s/\"value\": \"256GiB\"/\"value\": \"${memory}GiB\"/" \
        -e "s/, *$/,/" \
        -e "/\"from\": \"socket0\"/d" \
        -e "s/\"latency\": \"9ns\" },*/\"latency\": \"9ns\" }$links/" "$epyc"
}

run() { # CLIENTS RAM_DIVISOR DRAINS PERIOD
    cat >"$folder/scenario.json" <<JSON
{ "question": "cost", "machine": "machine.json", "strategies": [ { "model": "workqueue" } ],
  "workload": [ { "model": "pft", "params": { "clients": [$1], "ram_divisor": $2 } }
    $(($3 > 0)) ] }
JSON
    local drains=""
    if (($3 > 0)); then
        drains=", { \"model\": \"forced-drain\", \"params\": { \"drains\": $3, \"period\": \"$4\", \"loop\": \"open\" } }"
    fi
    sed -i "s/^ *[01] \] }$/$drains ] }/" "$folder/scenario.json"
    /usr/bin/time -f '%U %M' "$pcpsim" run "$folder/scenario.json" --jobs 1 --quiet \
        --output "$folder/result" 2>&1 | awk '{ printf "%.2f | %.0f", $1, $2 / 1024 }'
}

echo "| what grows | to | user s | MiB |"
echo "|---|---|---|---|"
for cpus in 2 16 128 1024 4096; do
    sockets=$((cpus >= 128 ? cpus / 128 : 1))
    machine $cpus $((1024 / sockets)) >"$folder/machine.json"
    echo "| CPUs, all faulting, 5.4 million faults in all, 1 TiB | $cpus | $(run $cpus 50 0 1s) |"
done
for gib in 16 256 4096 16384; do
    machine 2048 $((gib < 16 ? 1 : gib / 16)) >"$folder/machine.json"
    echo "| memory, 2048 CPUs, 0.05 million faults | $gib GiB | $(run 128 $((gib < 8 ? 40 : 5 * gib)) 0 1s) |"
done
machine 256 512 >"$folder/machine.json"
for period in 0 100ms 10ms 1ms 100us; do
    drains=0
    if [[ $period != 0 ]]; then
        drains=$(awk -v p="$period" 'BEGIN { u = p ~ /us/ ? 1e-6 : 1e-3; printf "%d", 0.6 / (p * u) }')
    fi
    echo "| drains for 0.6 s, 256 CPUs, 64 faulting, 27 million faults | $([[ $period == 0 ]] && echo none || echo "every $period") | $(run 64 10 "$drains" "$period") |"
done
