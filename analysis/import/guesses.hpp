#pragma once
// What tools that do not say it leave to be guessed from numbers; each guess leaves a remark.
#include <cstdint>
#include <optional>

#include "analysis/import/found_machine.hpp"

namespace pcpsim {

/// Which CPUs are threads of one core. x86 numbers the first threads of all cores first, then the
/// second ones, so a node's CPUs, cut into as many equal parts as a core has threads, show each
/// core once in every part; elsewhere the threads of a core follow each other. If nobody says how
/// many threads there are, two are guessed where every node's CPUs are two runs of the same length,
/// such as 0-31,64-95.
void guess_cores(FoundMachine& machine, std::optional<std::uint64_t> threads = {});

/// Within a socket firmware reports distances of 11 to 16, across sockets 20 (REMOTE_DISTANCE) and
/// more.
void guess_sockets_by_distance(FoundMachine& machine);

/// So many sockets have as many nodes each, in the order of their numbers.
void guess_sockets(FoundMachine& machine, std::uint64_t sockets);

/// So many last-level caches are of as many cores each, in the order of nodes and CPUs.
void guess_caches(FoundMachine& machine, std::uint64_t caches);

}  // namespace pcpsim
