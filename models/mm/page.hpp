#pragma once
// Page frames, orders and migratetypes: the nouns of the page allocator.
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/units.hpp"

namespace pcpsim {

/// A page frame number. Frames do not add; their difference is Pages.
class Pfn {
public:
    constexpr Pfn() = default;
    constexpr explicit Pfn(std::int64_t number) : number_{number} {}
    [[nodiscard]] constexpr std::int64_t number() const { return number_; }

    constexpr auto operator<=>(const Pfn&) const = default;
    constexpr Pfn& operator+=(Pages n) { return number_ += n.count(), *this; }
    constexpr Pfn& operator-=(Pages n) { return number_ -= n.count(), *this; }
    friend constexpr Pfn operator+(Pfn a, Pages n) { return a += n; }
    friend constexpr Pfn operator-(Pfn a, Pages n) { return a -= n; }
    friend constexpr Pages operator-(Pfn a, Pfn b) { return Pages{a.number_ - b.number_}; }

private:
    std::int64_t number_ = 0;
};

/// A count of blocks of one order; how many pages they are, only the order tells.
using Blocks = Quantity<struct BlockUnit>;

/// The size of a block: 2^order pages, naturally aligned.
class Order {
public:
    constexpr Order() = default;
    constexpr explicit Order(int exponent) : exponent_{static_cast<std::int8_t>(exponent)} {}
    [[nodiscard]] constexpr int number() const { return exponent_; }
    [[nodiscard]] constexpr std::size_t index() const {
        return static_cast<std::size_t>(exponent_);
    }
    /// Pages in one block.
    [[nodiscard]] constexpr Pages pages() const { return Pages{std::int64_t{1} << exponent_}; }
    constexpr auto operator<=>(const Order&) const = default;

private:
    std::int8_t exponent_ = 0;
};

constexpr Pages operator*(Blocks n, Order order) { return order.pages() * n.count(); }

/// In the kernel's numeric order, which is also the order of the pcplists.
enum class MigrateType : std::uint8_t { unmovable, movable, reclaimable, highatomic, cma, isolate };
inline constexpr std::size_t migrate_types = 6;
/// MIGRATE_PCPTYPES: only the first three have pcplists and fall back to each other.
inline constexpr std::array pcp_types{MigrateType::unmovable, MigrateType::movable,
                                      MigrateType::reclaimable};

/// The sizes that a kernel build fixes. The orders are those of 4 KiB builds of x86-64 and arm64.
struct PageGeometry {
    Bytes page_size = 4_KiB;
    Order max_order{10};       ///< the largest block of the buddy allocator, at most 14
    Order pageblock_order{9};  ///< unit of mobility grouping, and the order of a huge page
};

/// "pfn 4096"
std::string to_string(Pfn pfn);
/// "63 blocks"
std::string to_string(Blocks value);
/// "order 3"
std::string to_string(Order order);
/// As /proc/pagetypeinfo spells it: "Unmovable", "HighAtomic", "CMA".
std::string to_string(MigrateType type);

}  // namespace pcpsim
