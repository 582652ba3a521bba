#!/usr/bin/env bash
# Counts instructions per event, which no load on the machine can change, and fails above a limit.
# Two lengths of run are subtracted, so that start and end do not count.
# usage: tests/bench/instructions.sh OWN_ROW
set -euo pipefail

row=$1
short=30000
long=130000

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$row" pcpsim "$@" 2>&1 |
        awk '/Collected/ { print $4 }'
}

status=0
while read -r name n limit; do
    count=$((($(instructions "$name" "$n" $long) - $(instructions "$name" "$n" $short)) / (long - short)))
    printf '%-7s N = %-5s %5d instructions, at most %d\n' "$name" "$n" "$count" "$limit"
    ((count <= limit)) || status=1
done <<'LIMITS'
hold 256 330
ping 256 330
convoy 128 800
LIMITS
exit $status
