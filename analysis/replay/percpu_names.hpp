#pragma once
// The addresses by which a recording names chunks.
#include <optional>
#include <string>
#include <vector>

#include "models/mm/percpu_allocator.hpp"
#include "models/trace/address.hpp"

namespace pcpsim {

/// A chunk may have two names: its address, and the hash of it that tracepoints print.
class PercpuNames {
public:
    void add(trace::Address address, ChunkId chunk);
    /// All names of a chunk. A later chunk may be at the same address.
    void remove(ChunkId chunk);
    [[nodiscard]] std::optional<ChunkId> find(trace::Address address) const;
    /// The first name that it got: "chunk ffffe8ffffc00000", or "chunk 3" if none.
    [[nodiscard]] std::string name_of(ChunkId chunk) const;

private:
    struct Name {
        trace::Address address;  ///< 0: no name
        ChunkId chunk;
    };
    [[nodiscard]] std::size_t place_of(trace::Address address) const;
    void tabulate();

    std::vector<Name> names_;
    std::vector<Name> table_{Name{}};      ///< each at its address's place or behind it
    std::vector<trace::Address> first_{};  ///< by chunk
};

}  // namespace pcpsim
