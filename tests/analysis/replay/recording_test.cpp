#include "analysis/replay/recording.hpp"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;
using namespace pcpsim::trace;

namespace {

struct Read {
    std::vector<Record> records;
    LineAccount account;
};

Read read_all(const std::string& text, std::optional<PageStructs> structs = PageStructs{}) {
    const TemporaryFolder folder;
    Recording recording{folder.write("a.trace", text), 2, structs};
    Read read;
    for (Record record; recording.next(record);) read.records.push_back(record);
    read.account = recording.account();
    return read;
}

}  // namespace

TEST_SUITE("analysis/replay/recording") {
    TEST_CASE("every line is accounted for") {
        const Read read = read_all(
            "# tracer: nop\n"
            "a-1 [000] .... 2.0: mm_page_free: pfn=1 order=0\n"
            "a-1 [000] .... 3.0: sched_switch: prev_comm=a\n"
            "CPU:1 [LOST 12 EVENTS]\n"
            "a-1 [002] .... 4.0: mm_page_free: pfn=1 order=0\n"
            "\x01\x02\xffrubbish\n"
            "a-1 [000] .... 1.0: mm_page_free: pfn=2 order=0\n"
            "a-1 [000] .... 5.0: mm_page_fr");
        const LineAccount& account = read.account;
        CHECK(account.lines == 8);
        CHECK(account.comments == 1);
        CHECK(account.events == 2);
        CHECK(account.other_events == 1);
        CHECK(account.loss_markers == 1);
        CHECK(account.wrong_cpu == 1);
        CHECK(account.broken == 2);
        CHECK(account.comments + account.events + account.other_events + account.loss_markers +
                  account.wrong_cpu + account.broken ==
              account.lines);
        CHECK(account.first_broken == 6);
        CHECK(account.lost_events == 12);
        CHECK(account.out_of_order == 1);
        CHECK(account.others.at("sched_switch") == 1);
        REQUIRE(read.records.size() == 3);
        CHECK(read.records[2].line == 7);
    }
    TEST_CASE("a gap reaches from the last event of the CPU that lost some to the marker") {
        const Read read = read_all(
            "a-1 [001] .... 1.0: mm_page_free: pfn=1 order=0\n"
            "a-1 [000] .... 2.0: mm_page_free: pfn=1 order=0\n"
            "a-1 [000] .... 3.0: mm_page_free: pfn=1 order=0\n"
            "CPU:1 [LOST 12 EVENTS]\n");
        REQUIRE(read.account.gaps.size() == 1);
        CHECK(read.account.gaps[0].from == 1);
        CHECK(read.account.gaps[0].to == 4);
    }
    TEST_CASE("where the buffer of a CPU starts late, its events before are lost") {
        const Read read = read_all(
            "a-1 [000] .... 1.0: mm_page_free: pfn=1 order=0\n"
            "##### CPU 1 buffer started ####\n"
            "a-1 [001] .... 2.0: mm_page_free: pfn=1 order=0\n");
        CHECK(read.account.loss_markers == 1);
        REQUIRE(read.account.gaps.size() == 1);
        CHECK(read.account.gaps[0].from == 0);
        REQUIRE(read.records.size() == 3);
        CHECK(std::holds_alternative<LostEvents>(read.records[1].event));
    }
    TEST_CASE("a recording with fewer events than its header promises is cut") {
        const std::string header = "# entries-in-buffer/entries-written: 2/2   #P:2\n";
        const std::string one = "a-1 [000] .... 1.0: mm_page_free: pfn=1 order=0\n";
        const std::string other = "a-1 [000] .... 2.0: sched_switch: prev_comm=a\n";
        CHECK(read_all(header + one + other).account.missing() == 0);
        CHECK(!read_all(header + one + other).account.is_cut());
        CHECK(read_all(header + one).account.missing() == 1);
        CHECK(read_all(header + one).account.is_cut());
        CHECK(!read_all(one).account.is_cut());
    }
    TEST_CASE("the page structs are found where randomisation has put them") {
        const std::string text =
            "a-1 [000] .... 1.0: mm_page_free: pfn=0x101 order=0\n"
            "a-1 [000] .... 2.0: pcp_commit: page=0xffffdd2340004040 mt=1 order=0\n"
            "a-1 [000] .... 3.0: pcp_commit: page=0xffffdd2340004080 mt=1 order=0\n";
        const Read read = read_all(text, std::nullopt);
        REQUIRE(read.records.size() == 3);
        CHECK(std::get<PcpCommit>(read.records[1].event).page == Pfn{0x101});
        CHECK(std::get<PcpCommit>(read.records[2].event).page == Pfn{0x102});
    }
    TEST_CASE("other kinds of events are named up to a limit, and counted without one") {
        std::string text;
        for (int i = 0; i < 100; ++i)
            text += "a-1 [000] .... 1.0: event_" + std::to_string(i) + ": x=1\n";
        const Read read = read_all(text);
        CHECK(read.account.other_events == 100);
        CHECK(read.account.others.size() == 64);
    }
}
