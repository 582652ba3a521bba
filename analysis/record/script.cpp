#include "analysis/record/script.hpp"

#include "analysis/record/probes.hpp"

namespace pcpsim {
namespace {

constexpr std::string_view beginning = R"sh(#!/bin/sh
# Records what the page allocator of Linux @RELEASE@ does, for pcpsim replay. Run as root;
# sh record.sh -h says how. Everything that it sets in the kernel it undoes.
set -eu
LC_ALL=C
export LC_ALL
release=@RELEASE@
tracing=/sys/kernel/tracing
name=recording kilobytes=16384 seconds=10 drain=''
probes='' tracked='' missing='' changed='' work=''

usage() {
    cat <<END
usage: sh $0 [-o NAME] [-b KB] [-t SECONDS] [-d] [COMMAND [ARGUMENT]...]

Records while COMMAND runs, or for SECONDS (10), or until Ctrl-C, and makes
NAME.trace.gz and NAME.meta.json (NAME: recording).

  -b KB  size of the trace buffer of each CPU (16384)
  -d     begin with a drain of the lists, by allocating and freeing one gigantic
         page: all lists are known from there on. On a machine short of memory
         this may take long or fail.
END
}

die() {
    echo "$0: $*" >&2
    exit 1
}

# shellcheck disable=SC2317  # a trap calls it
undo() {
    status=$?
    trap - EXIT INT TERM HUP
    if [ -n "$changed" ]; then
        echo 0 >"$trace/tracing_on" || :
        echo >"$trace/set_event" || :
        rmdir "$trace" || echo "$0: could not remove $trace" >&2
    fi
    for event in $probes; do
        echo "-:pcpsim/$event" >>"$tracing/kprobe_events" || :
    done
    [ -z "$work" ] || rm -rf "$work"
    exit "$status"
}

# probe KIND EVENT FUNCTION,... FIELDS: on the first of these functions that can be probed
probe() {
    for function in $(echo "$3" | tr , ' '); do
        if [ -w "$tracing/kprobe_events" ] &&
            printf '%s\n' "$1:pcpsim/$2 $function $4" 2>/dev/null >>"$tracing/kprobe_events"; then
            probes="$probes $2"
            return
        fi
    done
    missing="$missing $2"
}

start() {
    if [ -e "$trace/events/$1/enable" ]; then
        echo 1 >"$trace/events/$1/enable"
        tracked="$tracked ${1#*/}"
    else
        missing="$missing ${1#*/}"
    fi
}

while getopts o:b:t:dh option; do
    case $option in
    o) name=$OPTARG ;;
    b) kilobytes=$OPTARG ;;
    t) seconds=$OPTARG ;;
    d) drain=1 ;;
    h)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
done
shift $((OPTIND - 1))

[ "$(id -u)" -eq 0 ] || die "expected to run as root"
[ "$(uname -r)" = "$release" ] ||
    die "made for Linux $release, this is $(uname -r): pcpsim record --kernel-release $(uname -r)"
[ -e "$tracing/instances" ] || mount -t tracefs none "$tracing" 2>/dev/null ||
    die "expected tracefs at $tracing: CONFIG_FTRACE is off, or the kernel is locked down"
for file in "$name.trace.gz" "$name.meta.json"; do
    [ ! -e "$file" ] || die "$file: exists; choose another name with -o"
done
[ -w "$(dirname "$name")" ] || die "$(dirname "$name"): expected a folder to write to"
trace=$tracing/instances/pcpsim
[ ! -e "$trace" ] || die "$trace: exists; is another recording running? If not: rmdir $trace"
work=$(mktemp -d)
trap undo EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir "$trace"
changed=1
echo 0 >"$trace/tracing_on"
echo "$kilobytes" >"$trace/buffer_size_kb"
echo global >"$trace/trace_clock"

# struct per_cpu_pages begins with a spinlock from 6.0 on; with PREEMPT_RT it is an rt_mutex.
# Lock debugging makes it larger still: counts are wrong then.
lock=4
case $(uname -v) in *PREEMPT_RT*) lock=32 ;; esac
awk -v lock=$lock '{
    while (match($0, /@[0-9]+/))
        $0 = substr($0, 1, RSTART - 1) (lock + substr($0, RSTART + 1, RLENGTH - 1)) \
            substr($0, RSTART + RLENGTH)
    print
}' >"$work/probes" <<'END'
)sh";

constexpr std::string_view middle = R"sh(END
while read -r kind event functions fields; do
    probe "$kind" "$event" "$functions" "$fields"
done <"$work/probes"
while read -r event; do
    start "$event"
done <<'END'
)sh";

constexpr std::string_view ending = R"sh(END
for event in $probes; do
    start "pcpsim/$event"
done
cat /proc/zoneinfo >"$work/before"
echo 1 >"$trace/tracing_on"
echo "recording:$tracked" >&2
[ -z "$missing" ] || echo "not on this kernel:$missing" >&2

if [ -n "$drain" ]; then
    pages=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
    if [ -w $pages ]; then
        had=$(cat $pages)
        echo $((had + 1)) >$pages || :
        [ "$(cat $pages)" -gt "$had" ] || echo "no gigantic page to be had: a drain may be missing" >&2
        echo "$had" >$pages
    else
        echo "no gigantic pages here: nothing is drained" >&2
    fi
fi

result=0
trap : INT
if [ $# -gt 0 ]; then
    "$@" || result=$?
    [ "$result" -eq 0 ] || echo "$1: exit status $result" >&2
else
    sleep "$seconds" || [ $? -gt 128 ]
fi
trap 'exit 130' INT
echo 0 >"$trace/tracing_on"
cat /proc/zoneinfo >"$work/after"

lost=$(cat "$trace"/per_cpu/cpu*/stats |
    awk '/^(overrun|commit overrun|dropped events):/ { lost += $NF } END { printf "%d", lost }')
echo "packing..." >&2
# shellcheck disable=SC2002  # gzip would wonder at the size that such a file seems to have
cat "$trace/trace" | gzip >"$work/trace.gz"

# Zone pointers are named by drains and spills only: the pages that follow say which zone it is.
gzip -dc "$work/trace.gz" |
    sed -n 's/^ *.*-\([0-9]*\) .* pcp_bulkfree: .*zone=\(0x[0-9a-f]*\) .*/\1 zone \2/p
            s/^ *.*-\([0-9]*\) .* mm_page_pcpu_drain: .*pfn=\([0-9a-fx]*\) .*/\1 page \2/p' |
    awk '$2 == "zone" { zone[$1] = $3 }
         $2 == "page" && $1 in zone { print zone[$1], $3; delete zone[$1] }' |
    sort -u -k1,1 >"$work/pointers"

quote() { printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g'; }

# cpus NODE: "0-3"
cpus() {
    if [ -e "/sys/devices/system/node/node$1/cpulist" ]; then
        cat "/sys/devices/system/node/node$1/cpulist"
    else
        cat /sys/devices/system/cpu/possible
    fi
}

zones() {
    while read -r pointer page; do
        printf '%s %d\n' "${pointer#0x}" "$page"
    done <"$work/pointers" >"$work/decimal"
    awk 'FILENAME == ARGV[1] { pointer[NR] = $1; page[NR] = $2; pointers = NR; next }
         /^Node / { node = $2; sub(",", "", node); zone = $4 }
         /^ *spanned / { spanned = $2 }
         /^ *present / { present = $2 }
         /^ *managed / { managed = $2 }
         /^ *start_pfn:/ && spanned > 0 {
             start = $2
             known = ""
             for (i = 1; i <= pointers; i++)
                 if (page[i] >= start && page[i] < start + spanned) known = " zone_ptr " pointer[i]
             printf "%s\n    \"node %s zone %s%s start_pfn %s spanned %s present %s managed %s\"",
                 comma, node, zone, known, start, spanned, present, managed
             comma = ","
             spanned = 0
         }' "$work/decimal" "$work/before"
}

pagesets() {
    awk '/^Node / { node = $2; sub(",", "", node); zone = $4 }
         $1 == "cpu:" { flush(); cpu = $2 }
         /^ *(count|high|high_min|high_max|batch):/ && cpu != "" {
             key = $1
             sub(":", "", key)
             fields = fields (fields == "" ? "" : ", ") "\"" key "\": " $2
         }
         /^ *(vm stats threshold|node_unreclaimable|start_pfn):/ { flush() }
         function flush() {
             if (cpu != "" && fields != "") {
                 printf "%s\n      \"cpu%s %s/%s\": {%s}", comma, cpu, node, zone, fields
                 comma = ","
             }
             cpu = ""
             fields = ""
         }' "$work/$1"
}

{
    printf '{\n  "name": "%s",\n  "kernel": "%s",\n' "$(quote "${name##*/}")" "$(quote "$(uname -a)")"
    printf '  "cmdline": "%s",\n' "$(quote "$(cat /proc/cmdline)")"
    printf '  "probes": "%s",\n  "missing": "%s",\n  "lost_events": %s,\n' \
        "${probes# }" "${missing# }" "$lost"
    printf '  "topology": ['
    comma=''
    sed -n 's/^Node \([0-9]*\),.*/\1/p' "$work/before" | sort -nu | while read -r node; do
        printf '%s"node%s cpus %s"' "$comma" "$node" "$(cpus "$node")"
        comma=', '
    done
    printf '],\n  "zones": ['
    zones
    printf '\n  ],\n  "pagesets": {\n    "before": {'
    pagesets before
    printf '\n    },\n    "after": {'
    pagesets after
    printf '\n    }\n  }\n}\n'
} >"$work/meta"
mv "$work/trace.gz" "$name.trace.gz"
mv "$work/meta" "$name.meta.json"

[ "$lost" -eq 0 ] || {
    echo "$name.trace.gz: $lost events were lost: record again with -b $((kilobytes * 4))" >&2
    exit 1
}
echo "$name.trace.gz, $name.meta.json: now pcpsim replay $name.trace.gz" >&2
exit "$result"
)sh";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

std::string line_of(const Probe& probe) {
    std::string line = std::string{probe.kind} + ' ' + probe.event + ' ';
    for (const std::string& function : probe.functions)
        line += (line.back() == ' ' ? "" : ",") + function;
    return line + ' ' + probe.fields + '\n';
}

}  // namespace

std::string recording_script(std::string_view release, std::string_view era) {
    std::string script{beginning};
    for (const Probe& probe : probes_of(era)) script += line_of(probe);
    script += middle;
    for (const std::string& event : tracepoints_of(era)) script += event + '\n';
    script += ending;
    replace_all(script, "@RELEASE@", release);
    return script;
}

}  // namespace pcpsim
