#include "models/mm/percpu_hints.hpp"

#include <bit>
#include <limits>

namespace pcpsim {
namespace {

/// Trailing zeros; the start of the stretch is aligned to anything.
int alignment(int start) {
    return start == 0 ? std::numeric_limits<int>::max()
                      : std::countr_zero(static_cast<unsigned>(start));
}

}  // namespace

void PercpuHints::compare(int start, int length) {
    const auto scan_becomes = [this](int from, int size) { scan_start = from, scan = size; };
    if (length > contig) {
        if (start > contig_start && contig > scan)
            scan_becomes(contig_start, contig);
        else if (start <= contig_start || start < scan_start)
            scan = 0;
        contig_start = start;
        contig = length;
    } else if (length == contig) {
        if (alignment(start) > alignment(contig_start)) {
            contig_start = start;
            if (start < scan_start && contig > scan) scan = 0;
        } else if (start > scan_start || contig > scan) {
            scan_becomes(start, length);
        }
    } else if (start < contig_start && (length > scan || (length == scan && start > scan_start))) {
        scan_becomes(start, length);
    }
}

int PercpuHints::start_over() {
    const int from = scan > 0 ? scan_start + scan : first_free;
    contig = scan;
    if (scan > 0) contig_start = scan_start;
    scan = 0;
    return from;
}

}  // namespace pcpsim
