// Goal: page frames, blocks and pages do not mix, and read as the kernel writes them. Method: what
// compiles, and exact texts.
#include "models/mm/page.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

template <class A, class B>
concept Addable = requires(A a, B b) {
    a + b;
};

TEST_SUITE("models/mm/page") {
    TEST_CASE("page frames do not add, and blocks are pages only by an order") {
        CHECK_FALSE(Addable<Pfn, Pfn>);
        CHECK_FALSE(Addable<Blocks, Pages>);
        CHECK(Pfn{7} - Pfn{4} == 3_pages);
        CHECK(Blocks{3} * Order{4} == 48_pages);
    }
    TEST_CASE("names are the kernel's") {
        CHECK(to_string(Pfn{4096}) == "pfn 4096");
        CHECK(to_string(Blocks{1}) == "1 block");
        CHECK(to_string(Blocks{63}) == "63 blocks");
        CHECK(to_string(Order{9}) == "order 9");
        CHECK(to_string(MigrateType::highatomic) == "HighAtomic");
    }
}
