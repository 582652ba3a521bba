#include "analysis/replay/percpu_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace pcpsim {

void PercpuNames::add(trace::Address address, ChunkId chunk) {
    if (address == trace::Address{} || find(address) == chunk) return;
    std::erase_if(names_, [&](const Name& name) { return name.address == address; });
    names_.push_back({address, chunk});
    tabulate();
    if (first_.size() <= chunk.index()) first_.resize(chunk.index() + 1);
    if (first_[chunk.index()] == trace::Address{}) first_[chunk.index()] = address;
}

void PercpuNames::remove(ChunkId chunk) {
    std::erase_if(names_, [&](const Name& name) { return name.chunk == chunk; });
    tabulate();
}

std::optional<ChunkId> PercpuNames::find(trace::Address address) const {
    const Name& name = table_[place_of(address)];
    if (name.address != address || address == trace::Address{}) return std::nullopt;
    return name.chunk;
}

/// Where this name is, or would be. Chunks lie at multiples of megabytes: a factor with bits
/// everywhere, here the golden ratio, lets their places differ all the same.
std::size_t PercpuNames::place_of(trace::Address address) const {
    constexpr std::uint64_t golden_ratio = 0x9e37'79b9'7f4a'7c15;
    const std::size_t places = table_.size();
    std::size_t place = address.value * golden_ratio >> 32 & (places - 1);
    while (table_[place].address != address && table_[place].address != trace::Address{})
        place = (place + 1) & (places - 1);
    return place;
}

/// At most a quarter of the table is in use.
void PercpuNames::tabulate() {
    table_.assign(std::bit_ceil(4 * names_.size() + 1), {});
    for (const Name& name : names_) table_[place_of(name.address)] = name;
}

std::string PercpuNames::name_of(ChunkId chunk) const {
    if (chunk.index() < first_.size() && first_[chunk.index()] != trace::Address{})
        return fmt::format("chunk {:x}", first_[chunk.index()].value);
    return fmt::format("chunk {}", chunk.number());
}

}  // namespace pcpsim
