#pragma once
// The cache-line transfers of a known machine, by how far apart two CPUs are.
#include "models/machine/machine.hpp"

namespace pcpsim {

struct TransferTimes {
    Duration same_core, same_cache;
    /// Halves of the ways between the caches of a node, the nodes of a socket, and the sockets.
    Duration cache_to_node, node_to_socket, socket_to_socket;
};

/// Of the first pair of CPUs of each kind. A level that the machine does not have costs what the
/// one below it does; sockets of a machine with one are as far apart as its caches.
TransferTimes transfer_times(const Machine& machine);

}  // namespace pcpsim
