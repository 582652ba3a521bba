// Goal: what can be named can be found, with its parameters. Method: a small catalog, exact texts;
// the real one.
#include "analysis/catalog.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "analysis/cli.hpp"

using namespace pcpsim;

namespace {

const std::vector<CatalogGroup> small{
    {"Drain strategies",
     "drain strategy",
     {{"workqueue",
       "one work item per CPU",
       {{"force", "true or false", "false", "", "also where a list is empty", ""},
        {"batch", "pages", "", "1..63", "pages per hold", "zone_batchsize()"}}}}},
    {"Machines", "machine", {{"tiny", "two CPUs", {}}, {"workqueue", "an odd name", {}}}}};

bool has(const std::vector<CatalogGroup>& groups, const std::string& title,
         const std::string& name) {
    return std::any_of(groups.begin(), groups.end(), [&](const CatalogGroup& group) {
        return group.title == title &&
               std::any_of(group.entries.begin(), group.entries.end(),
                           [&](const ModelInfo& entry) { return entry.name == name; });
    });
}

}  // namespace

TEST_SUITE("analysis/catalog") {
    TEST_CASE("a listing has names and sentences by group") {
        CHECK(list_text(small) == R"(Drain strategies:
  workqueue  one work item per CPU

Machines:
  tiny       two CPUs
  workqueue  an odd name

pcpsim describe NAME shows parameters and where they come from.
)");
    }
    TEST_CASE("a description has each parameter with unit, default, range and source") {
        CHECK(describe_text(small, "workqueue") ==
              R"(workqueue (drain strategy): one work item per CPU

  force = false (true or false)
      also where a list is empty

  batch is required (pages, 1..63)
      pages per hold
      Source: zone_batchsize()

workqueue (machine): an odd name
)");
    }
    TEST_CASE("an unknown name gets a suggestion") {
        CHECK_THROWS_WITH_AS(describe_text(small, "workqueues"),
                             "nothing is called \"workqueues\" (did you mean \"workqueue\"?)\n"
                             "Try: pcpsim list",
                             UsageError);
    }
    TEST_CASE("models, kernel eras and the shipped machines are listed") {
        CHECK(has(catalog(), "Drain strategies", "rcu-swap"));
        CHECK(has(catalog(), "Workloads", "pft"));
        CHECK(has(catalog(), "Machines", "epyc-7742-2s"));
        CHECK(has(catalog(), "Kernels", "5.17"));
    }
    TEST_CASE("every parameter of the catalog says what it is") {
        for (const CatalogGroup& group : catalog())
            for (const ModelInfo& entry : group.entries) {
                CHECK(!entry.sentence.empty());
                for (const FieldInfo& field : entry.fields) {
                    CAPTURE(entry.name + " " + field.name);
                    CHECK(!field.help.empty());
                }
            }
    }
}
