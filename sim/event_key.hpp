#pragma once
// One 128-bit key per pending event: time 64 | order 40 | slot 24. Keys are unique, so that one
// comparison is the total order of an instant, and a key says where its event's record is.
#include <cstdint>

namespace pcpsim {

__extension__ using EventKey = unsigned __int128;

inline constexpr int event_slot_bits = 24;
inline constexpr int event_order_bits = 40;

constexpr EventKey make_event_key(std::uint64_t time, std::uint64_t order, std::uint32_t slot) {
    return (EventKey{time} << 64) | (order << event_slot_bits) | slot;
}
constexpr std::uint64_t time_of(EventKey key) { return static_cast<std::uint64_t>(key >> 64); }
constexpr std::uint64_t order_of(EventKey key) {
    return static_cast<std::uint64_t>(key) >> event_slot_bits;
}
constexpr std::uint32_t slot_of(EventKey key) {
    return static_cast<std::uint32_t>(key) & ((std::uint32_t{1} << event_slot_bits) - 1);
}

}  // namespace pcpsim
