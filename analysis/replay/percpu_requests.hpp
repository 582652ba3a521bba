#pragma once
// What a recording asks of the percpu allocator, in the order in which the recorded kernel did it.
#include <string_view>

#include "models/mm/percpu_allocator.hpp"

namespace pcpsim {

/// Told from when the chunks are known.
class PercpuRequests {
public:
    /// These chunks are there.
    virtual void begins(const PercpuAllocator& allocator) = 0;
    /// The recorded kernel's area names the allocation from here on.
    virtual void allocated(const PercpuRequest& request, const PercpuArea& area) = 0;
    virtual void freed(ChunkId chunk, Bytes offset) = 0;
    /// At a mark, and at the end of the recording.
    virtual void passes(std::string_view mark, const PercpuAllocator& allocator) = 0;

protected:
    ~PercpuRequests() = default;
};

}  // namespace pcpsim
