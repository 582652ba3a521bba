#include "analysis/import/machine_class.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/import/small_found.hpp"

using namespace pcpsim;

TEST_SUITE("analysis/import/machine_class") {
    TEST_CASE("the processor decides, then the architecture, then habit") {
        FoundMachine found{.tool = "t"};
        CHECK(class_near(found).reason == "taken because no processor is named");
        found.architecture = "riscv64";
        CHECK(class_near(found).reason == "taken because none is near to riscv64");
        found.architecture = "x86_64";
        CHECK(class_near(found).reason == "nearest to x86_64");
        found.processor = "AMD EPYC 7551 32-Core Processor";
        CHECK(class_near(found).reason == "nearest to AMD EPYC 7551 32-Core Processor");
        CHECK(class_near(found).machine.id == "epyc-7742-2s");
    }
    TEST_CASE("a class has a name or a file") {
        CHECK(class_named("guest-4cpu").machine.id == "guest-4cpu");
        CHECK(class_named(PCPSIM_SOURCE_DIR "/scenarios/machines/guest-4cpu.json").machine.id ==
              "guest-4cpu");
        const std::string complaint = test::complaint([] { class_named("guest-4cpus"); });
        CHECK(complaint.starts_with("--class: expected one of "));
        CHECK(complaint.ends_with(
            "or the file of a machine, got \"guest-4cpus\" (did you mean \"guest-4cpu\"?)"));
    }
}
