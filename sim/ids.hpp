#pragma once
// Identifiers compare and print; they do not add. An index of one kind cannot be used as another.
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

namespace pcpsim {

template <class Tag>
class Id {
public:
    constexpr Id() = default;
    constexpr explicit Id(std::uint32_t number) : number_{number} {}
    constexpr explicit Id(std::size_t number) : number_{static_cast<std::uint32_t>(number)} {}
    constexpr explicit Id(int number) : number_{static_cast<std::uint32_t>(number)} {}
    /// For array subscripts.
    [[nodiscard]] constexpr std::size_t index() const { return number_; }
    [[nodiscard]] constexpr std::uint32_t number() const { return number_; }
    constexpr auto operator<=>(const Id&) const = default;

private:
    std::uint32_t number_ = 0;
};

/// A hardware thread, as the kernel numbers it.
struct CpuTag {
    static constexpr const char* name = "cpu";
};
using CpuId = Id<CpuTag>;

template <class Tag>
std::string to_string(Id<Tag> id) {
    return Tag::name + std::to_string(id.number());
}

}  // namespace pcpsim
