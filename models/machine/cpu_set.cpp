#include "models/machine/cpu_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

#include "sim/check.hpp"

namespace pcpsim {
namespace {

/// Takes a decimal number off the front of the text.
std::optional<std::uint32_t> take_number(std::string_view& text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool take(std::string_view& text, char expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

CpuSet::CpuSet(std::initializer_list<CpuId> cpus) {
    for (const CpuId cpu : cpus) insert(cpu);
}

CpuSet CpuSet::range(CpuId first, CpuId last) {
    CpuSet set;
    if (last < first) return set;
    const std::size_t low = first.index() / word_bits;
    const std::size_t high = last.index() / word_bits;
    set.words_.resize(high + 1);
    for (std::size_t word = low; word <= high; ++word) set.words_[word] = ~std::uint64_t{0};
    set.words_[low] &= ~std::uint64_t{0} << first.index() % word_bits;
    set.words_[high] &= ~std::uint64_t{0} >> (word_bits - 1 - last.index() % word_bits);
    return set;
}

std::optional<CpuSet> CpuSet::parse(std::string_view list) {
    CpuSet set;
    if (list.empty()) return set;
    do {
        const std::optional<std::uint32_t> first = take_number(list);
        const std::optional<std::uint32_t> last = take(list, '-') ? take_number(list) : first;
        if (!first || !last || *last < *first || *last >= limit) return std::nullopt;
        set |= range(CpuId{*first}, CpuId{*last});
    } while (take(list, ','));
    if (!list.empty()) return std::nullopt;
    return set;
}

void CpuSet::insert(CpuId cpu) {
    const std::size_t word = cpu.index() / word_bits;
    if (word >= words_.size()) words_.resize(word + 1);
    words_[word] |= std::uint64_t{1} << cpu.index() % word_bits;
}

void CpuSet::erase(CpuId cpu) {
    const std::size_t word = cpu.index() / word_bits;
    if (word >= words_.size()) return;
    words_[word] &= ~(std::uint64_t{1} << cpu.index() % word_bits);
    trim();
}

bool CpuSet::intersects(const CpuSet& other) const {
    const std::size_t common = std::min(words_.size(), other.words_.size());
    for (std::size_t word = 0; word < common; ++word)
        if ((words_[word] & other.words_[word]) != 0) return true;
    return false;
}

std::size_t CpuSet::size() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
}

CpuId CpuSet::first() const {
    PCPSIM_CHECK(!empty(), "the first CPU of an empty set was asked for");
    return CpuId{next(0)};
}

CpuId CpuSet::last() const {
    PCPSIM_CHECK(!empty(), "the last CPU of an empty set was asked for");
    return CpuId{words_.size() * word_bits - 1 -
                 static_cast<std::size_t>(std::countl_zero(words_.back()))};
}

std::size_t CpuSet::next(std::size_t from) const {
    std::size_t word = from / word_bits;
    if (word >= words_.size()) return none;
    std::uint64_t bits = words_[word] & ~std::uint64_t{0} << from % word_bits;
    while (bits == 0) {
        if (++word == words_.size()) return none;
        bits = words_[word];
    }
    return word * word_bits + static_cast<std::size_t>(std::countr_zero(bits));
}

void CpuSet::trim() {
    while (!words_.empty() && words_.back() == 0) words_.pop_back();
}

CpuSet::Iterator CpuSet::begin() const { return {this, next(0)}; }
CpuSet::Iterator CpuSet::end() const { return {this, none}; }

CpuSet& CpuSet::operator|=(const CpuSet& other) {
    words_.resize(std::max(words_.size(), other.words_.size()));
    for (std::size_t word = 0; word < other.words_.size(); ++word)
        words_[word] |= other.words_[word];
    return *this;
}

CpuSet& CpuSet::operator&=(const CpuSet& other) {
    words_.resize(std::min(words_.size(), other.words_.size()));
    for (std::size_t word = 0; word < words_.size(); ++word) words_[word] &= other.words_[word];
    trim();
    return *this;
}

CpuSet& CpuSet::operator-=(const CpuSet& other) {
    const std::size_t common = std::min(words_.size(), other.words_.size());
    for (std::size_t word = 0; word < common; ++word) words_[word] &= ~other.words_[word];
    trim();
    return *this;
}

Parsed<CpuSet> Scalar<CpuSet>::parse(std::string_view text) {
    if (std::optional<CpuSet> set = CpuSet::parse(text)) return std::move(*set);
    return Refused{fmt::format(" below {}, such as \"0-3,8\"", CpuSet::limit)};
}

std::string to_string(const CpuSet& set) {
    std::string text;
    for (auto at = set.begin(); at != set.end();) {
        const CpuId first = *at;
        CpuId last = first;
        while (++at != set.end() && (*at).index() == last.index() + 1) last = *at;
        if (!text.empty()) text += ',';
        text += std::to_string(first.number());
        if (last != first) text += '-' + std::to_string(last.number());
    }
    return text;
}

}  // namespace pcpsim
