#include "analysis/replay/fields.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("analysis/replay/fields") {
    TEST_CASE("a pointer is one word, with or without 0x, of at most sixteen digits") {
        const auto pointer = [](std::string_view text) {
            std::uint64_t value = 0;
            return Fields{text}.find_pointer("p=", value) ? value : 1;
        };
        CHECK(pointer("p=ffffe8ffffc00000") == 0xffffe8ffffc00000);
        CHECK(pointer("p=0xffffe8ffffc00000 q=1") == 0xffffe8ffffc00000);
        CHECK(pointer("p=FFFFE8FFFFC00000") == 0xffffe8ffffc00000);
        CHECK(pointer("p=deadbeef") == 0xdeadbeef);
        CHECK(pointer("p=(____ptrval____) q=1") == 0);
        for (const char* text : {"p=ffffe8ffffc000000", "p=ffffe8ffffc00000,", "p=", "p=0x",
                                 "p=ffffe8ffffc0000g", "pp=10", "p=10\xff"}) {
            CAPTURE(text);
            CHECK(pointer(text) == 1);
        }
    }
    TEST_CASE("keys are found behind other words, not before") {
        const std::string_view text = "  call=a+0x1/0x2 \tb=7  c=-8\td=9";
        int number = 0;
        Fields fields{text};
        REQUIRE(fields.find("b=", number));
        CHECK(number == 7);
        REQUIRE(fields.find("c=", number));
        CHECK(number == -8);
        REQUIRE(fields.find("d=", number));
        CHECK(number == 9);
        CHECK(!fields.find("b=", number));
        CHECK(!Fields{text}.find("x=", number));
    }
}
