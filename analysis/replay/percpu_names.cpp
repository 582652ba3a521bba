#include "analysis/replay/percpu_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pcpsim {

void PercpuNames::add(trace::Address address, ChunkId chunk) {
    if (address == trace::Address{} || find(address) == chunk) return;
    std::erase_if(names_, [&](const Name& name) { return name.first == address.value; });
    names_.insert(std::ranges::lower_bound(names_, address.value, {}, &Name::first),
                  Name{address.value, chunk});
    if (first_.size() <= chunk.index()) first_.resize(chunk.index() + 1);
    if (first_[chunk.index()] == trace::Address{}) first_[chunk.index()] = address;
    last_ = {};
}

void PercpuNames::remove(ChunkId chunk) {
    std::erase_if(names_, [&](const Name& name) { return name.second == chunk; });
    last_ = {};
}

std::optional<ChunkId> PercpuNames::find(trace::Address address) const {
    if (address.value == last_.first && address.value != 0) return last_.second;
    const auto found = std::ranges::lower_bound(names_, address.value, {}, &Name::first);
    if (found == names_.end() || found->first != address.value) return std::nullopt;
    last_ = *found;
    return found->second;
}

std::string PercpuNames::name_of(ChunkId chunk) const {
    if (chunk.index() < first_.size() && first_[chunk.index()] != trace::Address{})
        return fmt::format("chunk {:x}", first_[chunk.index()].value);
    return fmt::format("chunk {}", chunk.number());
}

}  // namespace pcpsim
