#pragma once
// What the last two different texts of a kind meant: lines tell of the same threads and events.
#include <array>
#include <string>
#include <string_view>

#include "analysis/replay/numbers.hpp"

namespace pcpsim {

template <class Meaning>
class RecentTexts {
public:
    struct Entry {
        std::string text = {};
        Meaning meaning = {};
    };
    /// One that the characters begin with, or null.
    const Entry* find(const char* at, const char* end) {
        for (int i = 0; i < 2; ++i, latest_ ^= 1)
            if (begins_with(at, end, entries_[latest_].text)) return &entries_[latest_];
        return nullptr;
    }
    /// In place of the earlier one. A text that is shorter than eight characters is not found.
    const Entry& add(std::string_view text, const Meaning& meaning) {
        latest_ ^= 1;
        entries_[latest_].text = text;
        entries_[latest_].meaning = meaning;
        return entries_[latest_];
    }

private:
    /// Eight at a time, the last ones first: where numbers are, and different names end.
    static bool begins_with(const char* at, const char* end, std::string_view text) {
        if (text.size() < 8 || end - at < std::ssize(text)) return false;
        std::size_t i = text.size() - 8;
        if (eight_at(at + i) != eight_at(text.data() + i)) return false;
        while (i > 8) {
            i -= 8;
            if (eight_at(at + i) != eight_at(text.data() + i)) return false;
        }
        return eight_at(at) == eight_at(text.data());
    }

    std::array<Entry, 2> entries_{};
    std::size_t latest_ = 0;
};

}  // namespace pcpsim
