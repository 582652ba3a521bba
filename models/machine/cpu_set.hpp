#pragma once
// A cpumask: hardware threads by number, always walked in ascending order.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/config/values.hpp"
#include "sim/ids.hpp"

namespace pcpsim {

/// Grows as needed and compares by content. Set operations are linear in the highest number.
class CpuSet {
public:
    class Iterator;

    CpuSet() = default;
    CpuSet(std::initializer_list<CpuId> cpus);
    /// Both ends included, as in the kernel's "0-3". Empty if last < first.
    static CpuSet range(CpuId first, CpuId last);
    /// One more than the highest number that parse() accepts, and more than any machine has.
    static constexpr std::uint32_t limit = 8192;
    /// Reads a kernel list such as "0-3,8", in any order; "" is the empty set. Nothing for other
    /// text, a reversed range, or a number beyond the limit.
    static std::optional<CpuSet> parse(std::string_view list);

    void insert(CpuId cpu);
    void erase(CpuId cpu);
    [[nodiscard]] bool contains(CpuId cpu) const {
        const std::size_t word = cpu.index() / word_bits;
        return word < words_.size() && (words_[word] >> cpu.index() % word_bits & 1) != 0;
    }
    [[nodiscard]] bool intersects(const CpuSet& other) const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const { return words_.empty(); }
    /// The lowest number. The set is not empty.
    [[nodiscard]] CpuId first() const;
    /// The highest number. The set is not empty.
    [[nodiscard]] CpuId last() const;

    [[nodiscard]] Iterator begin() const;
    [[nodiscard]] Iterator end() const;

    CpuSet& operator|=(const CpuSet& other);
    CpuSet& operator&=(const CpuSet& other);
    CpuSet& operator-=(const CpuSet& other);
    friend CpuSet operator|(CpuSet a, const CpuSet& b) { return a |= b; }
    friend CpuSet operator&(CpuSet a, const CpuSet& b) { return a &= b; }
    friend CpuSet operator-(CpuSet a, const CpuSet& b) { return a -= b; }
    bool operator==(const CpuSet&) const = default;

private:
    static constexpr std::size_t word_bits = 64;
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    /// The lowest member at or above `from`, or none.
    [[nodiscard]] std::size_t next(std::size_t from) const;
    void trim();

    std::vector<std::uint64_t> words_;  // the last one is never zero, so equality is by content
};

/// The set may change during the walk; what changes ahead of the iterator is seen.
class CpuSet::Iterator {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = CpuId;
    using difference_type = std::ptrdiff_t;
    using pointer = const CpuId*;
    using reference = CpuId;

    Iterator() = default;
    CpuId operator*() const { return CpuId{at_}; }
    Iterator& operator++() { return at_ = set_->next(at_ + 1), *this; }
    Iterator operator++(int) {
        const Iterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

private:
    friend class CpuSet;
    Iterator(const CpuSet* set, std::size_t at) : set_{set}, at_{at} {}

    const CpuSet* set_ = nullptr;
    std::size_t at_ = none;
};

/// As the kernel prints a list: "0-3,8".
std::string to_string(const CpuSet& set);

template <>
struct Scalar<CpuSet> {
    static constexpr Node::Kind kind = Node::Kind::string;
    static std::string type() { return "CPU list"; }
    static std::string noun() { return "a CPU list"; }
    static std::string pattern() { return "^([0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)?$"; }
    static Parsed<CpuSet> parse(std::string_view text);
    static std::string text(const CpuSet& value) { return to_string(value); }
};

}  // namespace pcpsim
