#include "analysis/replay/names.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

TEST_SUITE("analysis/replay/names") {
    TEST_CASE("pages are named as tracepoints print them, lists as /proc/pagetypeinfo does") {
        CHECK(name_of(Pfn{0x2e8e}) == "pfn 0x2e8e");
        CHECK(name_of(Pfn{16}, Order{1}) == "pfn 0x10 order 1");
        CHECK(list_name(Order{3}, MigrateType::movable) == "order 3 Movable");
    }
}
