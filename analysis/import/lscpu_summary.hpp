#pragma once
// What `lscpu` prints for people, or with -J as {"lscpu": [{"field": ..., "data": ...}]}: which
// CPUs each node has, and how many threads, cores, sockets and caches there are.
//
//     Architecture:          x86_64
//     On-line CPU(s) list:   0-127
//     Model name:            AMD EPYC 7543 32-Core Processor
//     Thread(s) per core:    2
//     Socket(s):             2
//     L3 cache:              512 MiB (16 instances)       up to 2.35 "32768K": the size of one
//     NUMA node0 CPU(s):     0-31,64-95
#include <string>
#include <string_view>

#include "analysis/import/found_machine.hpp"
#include "models/config/node.hpp"

namespace pcpsim {

/// Which CPUs share a core, a cache and a socket is guessed, with a remark. Throws a ScenarioError
/// that begins with the file's name.
FoundMachine read_lscpu_summary(const std::string& file, std::string_view text);
/// The value of "lscpu".
FoundMachine read_lscpu_summary(const std::string& file, const Node& fields);

}  // namespace pcpsim
