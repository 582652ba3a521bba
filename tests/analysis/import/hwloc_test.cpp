// Goal: what lstopo shows of a topology is in the message. Method: small topologies whose content
// is known, one for each trap; libhwloc works in this process, so hostile ones are in
// topology_file_test.cpp.
#include "analysis/import/hwloc.hpp"

#include <doctest/doctest.h>

#include "tests/analysis/import/small_found.hpp"
#include "tests/analysis/import/small_xml.hpp"
#include "tests/support/reading.hpp"

using namespace pcpsim;
using test::by_cpu;

TEST_SUITE("analysis/import/hwloc") {
    TEST_CASE("hwloc 1: sparse nodes above the sockets, relative distances") {
        const FoundMachine found = machine_of_message("f", message_about_xml(test::xml_v1()));
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0 2:8 3:8");
        CHECK(found.cpus[0].core == found.cpus[1].core);
        CHECK(found.cpus[1].core != found.cpus[2].core);
        CHECK(found.cpus[1].socket != found.cpus[2].socket);
        CHECK(by_cpu(found, &FoundCpu::cache) == "0:- 1:- 2:- 3:-");
        CHECK(found.distances == std::vector{10, 16, 16, 10});
        CHECK(found.architecture == "x86_64");
    }
    TEST_CASE("hwloc 2: a cache over two nodes, nodes without memory or without CPUs") {
        const FoundMachine found = machine_of_message("f", message_about_xml(test::xml_v2()));
        CHECK(by_cpu(found, &FoundCpu::node) == "0:0 1:0 2:0 3:2 4:2 5:2");
        for (const FoundCpu& cpu : found.cpus) CHECK(cpu.cache == found.cpus[0].cache);
        REQUIRE(found.nodes.size() == 3);
        CHECK(*found.nodes[0].memory == Bytes{0});
        CHECK(found.nodes[2].node == 224);
        CHECK(found.distances == std::vector{10, 12, 80, 12, 10, 80, 80, 80, 10});
        CHECK(found.left_out == 2);
        CHECK(found.processor == "POWER9 (raw)");
        CHECK(*found.page_size == 64_KiB);
        CHECK(*found.cache_size == 32_MiB);
    }
    TEST_CASE("of several matrices the first one counts that the kernel can have") {
        const auto matrix = [](const char* kind, const std::string& rows) {
            return fmt::format(
                "<distances2 type=\"NUMANode\" nbobjs=\"3\" kind=\"{}\" name=\"m\" "
                "indexing=\"os\">\n<indexes length=\"8\">0 2 224 </indexes>\n"
                "<u64values length=\"{}\">{} </u64values>\n</distances2>\n",
                kind, rows.size() + 1, rows);
        };
        const std::string xml = test::xml_v2();
        const auto distances = [&](const std::string& before) {
            const std::string first = "<distances2 ";
            return machine_of_message("f", message_about_xml(replaced(xml, first, before + first)))
                .distances;
        };
        const std::vector<int> expected{10, 12, 80, 12, 10, 80, 80, 80, 10};
        CHECK(distances(matrix("6", "80 300 301 300 80 301 301 301 80")) == expected);
        CHECK(distances(matrix("10", "10 30 30 30 10 30 30 30 10")) == expected);
        CHECK(distances(matrix("6", "10 30 30 30 10 30 30 30 10")) ==
              std::vector<int>{10, 30, 30, 30, 10, 30, 30, 30, 10});
    }
    TEST_CASE("what libhwloc refuses is refused") {
        CHECK_THROWS(message_about_xml(""));
        CHECK_THROWS(message_about_xml("<topology/>"));
        const std::string xml = test::xml_v2();
        CHECK_THROWS(message_about_xml(xml.substr(0, xml.size() / 2)));
    }
    TEST_CASE("this host has CPUs") {
        CHECK(!machine_of_message("f", message_about_host()).cpus.empty());
    }
}
