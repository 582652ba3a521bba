#include "analysis/import/words.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("analysis/import/words") {
    TEST_CASE("lines end at a line break of either kind, or with the text") {
        std::string_view text = "a\r\n\nb";
        CHECK(take_line(text) == "a");
        CHECK(take_line(text).empty());
        CHECK(take_line(text) == "b");
        CHECK(text.empty());
    }
    TEST_CASE("words are what blanks and tabs separate") {
        CHECK(words(" a\tbc  d ") == std::vector<std::string_view>{"a", "bc", "d"});
        CHECK(words(" \t").empty());
    }
    TEST_CASE("a number is digits alone, below the limit") {
        CHECK(number_below(10, "9") == 9);
        for (const char* word : {"10", "", "-1", "+1", "1x", " 1", "99999999999999999999"})
            CHECK_MESSAGE(!number_below(10, word), word);
    }
}
