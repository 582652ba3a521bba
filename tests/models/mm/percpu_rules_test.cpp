// Goal: every era says what it does with percpu chunks. Method: the names of the other rules.
#include "models/mm/percpu_rules.hpp"

#include <doctest/doctest.h>

#include "models/config/registry.hpp"
#include "models/mm/kernel_rules.hpp"
#include "models/mm/percpu_depopulation.hpp"

using namespace pcpsim;

TEST_SUITE("models/mm/percpu_rules") {
    TEST_CASE("every era of the pcplists has rules, and a strategy that exists") {
        for (const std::string_view name : kernel_names()) {
            const PercpuRules* const rules = find_percpu_rules(name);
            REQUIRE(rules != nullptr);
            CHECK(rules->name == name);
            CHECK(registry<Depopulation>().count(std::string{rules->depopulation}) == 1);
        }
        CHECK(find_percpu_rules("4.4") == nullptr);
    }
    TEST_CASE("one set of chunks serves all from the era on that depopulates") {
        CHECK(find_percpu_rules("5.10")->chunks == PercpuChunks::split);
        CHECK(find_percpu_rules("5.10")->depopulation == "none");
        CHECK(find_percpu_rules("6.1")->chunks == PercpuChunks::single);
        CHECK(find_percpu_rules("6.1")->depopulation == "sideline");
    }
}
