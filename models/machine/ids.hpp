#pragma once
// The parts of a machine that have numbers. Nodes and sockets are numbered as the kernel does.
#include "sim/ids.hpp"

namespace pcpsim {

struct NodeTag {
    static constexpr const char* name = "node";
};
struct SocketTag {
    static constexpr const char* name = "socket";
};
struct CoreTag {
    static constexpr const char* name = "core";
};
struct CacheTag {
    static constexpr const char* name = "cache";
};
struct DomainTag {
    static constexpr const char* name = "domain";
};

/// A NUMA node; the numbers may have gaps.
using NodeId = Id<NodeTag>;
using SocketId = Id<SocketTag>;
/// A physical core, counted over the whole machine.
using CoreId = Id<CoreTag>;
/// A group of cores that share a last-level cache, counted over the whole machine.
using CacheId = Id<CacheTag>;
/// Nodes whose memory traffic queues for one service.
using DomainId = Id<DomainTag>;

}  // namespace pcpsim
