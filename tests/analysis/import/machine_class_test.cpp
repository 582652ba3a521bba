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
        found.processor = "AMD EPYC 7742 64-Core Processor";
        CHECK(class_near(found).reason == "nearest to AMD EPYC 7742 64-Core Processor");
        CHECK(class_near(found).machine.id == "epyc-7742-2s");
    }
    TEST_CASE("each machine that was described is the class of its kind") {
        const auto near = [](const char* processor, const char* architecture) {
            return class_near({.tool = "t", .processor = processor, .architecture = architecture})
                .machine.id;
        };
        CHECK(near("AMD EPYC 7551 32-Core Processor", "x86_64") == "epyc-7601-2s");
        CHECK(near("AMD EPYC 7763 64-Core Processor", "x86_64") == "epyc-7742-2s");
        CHECK(near("AMD Ryzen 9 5900X 12-Core Processor", "x86_64") == "desktop-24");
        CHECK(near("Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz", "") == "dell-r430-e5-2640v3");
        CHECK(near("Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz", "") == "cascadelake-2s-80");
        CHECK(near("QEMU Virtual CPU version 2.5+", "x86_64") == "guest-4cpu");
        CHECK(near("POWER9, altivec supported", "ppc64le") == "power9-9006-22c");
        CHECK(near("ThunderX2-99xx", "aarch64") == "apollo70-thunderx2");
        CHECK(near("Neoverse-N1", "aarch64") == "ampere-n1-80");
        CHECK(near("Cortex-A72", "aarch64") == "raspberry-pi-4");
        CHECK(near("", "aarch64") == "ampere-n1-80");
        CHECK(near("", "i686") == "guest-2cpu-i386");
        const MachineClass large_pages =
            class_near({.tool = "t", .architecture = "aarch64", .page_size = 64_KiB});
        CHECK(large_pages.machine.id == "apollo70-thunderx2");
        CHECK(large_pages.reason == "nearest to aarch64, 64KiB pages");
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
