#include "analysis/replay/trace_text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "tests/models/mm/random.hpp"

using namespace pcpsim;
using namespace pcpsim::trace;

namespace {

struct Line {
    Record record;
    LineRead read;
    explicit Line(std::string_view text) { read = LineReader{}.read(text, PageStructs{}, record); }
};

void is_the_free(const Line& line) {
    REQUIRE(line.read.kind == LineKind::event);
    REQUIRE(std::holds_alternative<PageFree>(line.record.event));
    CHECK(std::get<PageFree>(line.record.event).page == Pfn{0x2e8e});
    CHECK(line.record.actor.cpu == CpuId{1});
    CHECK(line.record.actor.pid == 42);
    CHECK(line.record.time == Time{17'310'054_us});
}

}  // namespace

TEST_SUITE("analysis/replay/trace_text") {
    TEST_CASE("the shapes of trace, trace-cmd and perf say the same") {
        for (const char* text :
             {"            init-42      [001] d..2.    17.310054: mm_page_free: page=00000000c1f9 "
              "pfn=0x2e8e order=0",
              "init-42      [001] d...    17.310054: mm_page_free: pfn=11918 order=0",
              "            init-42      [001]    17.310054: mm_page_free:         "
              "page=0xffffea00000ba380 pfn=11918 order=0",
              "init    42 [001]    17.310054:           kmem:mm_page_free: page=0xffffea00000ba380 "
              "pfn=0x2e8e order=0",
              "init    42 [001] 17.310054000: kmem:mm_page_free: pfn=0x2e8e order=0",
              "init-42  (     42) [001] d...  17.310054: mm_page_free: pfn=0x2e8e order=0",
              "\tinit-42 [001] d... 17.310054: mm_page_free: pfn=0x2e8e order=0\r"}) {
            CAPTURE(text);
            is_the_free(Line{text});
        }
    }
    TEST_CASE("a thread's name may hold blanks, brackets and colons") {
        for (const char* name : {"a b", "kworker/0:1", "[1]", "x [001] ", "a: b [7] c", "-"}) {
            CAPTURE(name);
            is_the_free(Line{std::string{name} +
                             "-42 [001] d... 17.310054: mm_page_free: pfn=0x2e8e order=0"});
        }
    }
    TEST_CASE("the third flag says what runs on top of the thread") {
        const std::string free = " 1.0: mm_page_free: pfn=1 order=0";
        CHECK(Line{"a-1 [0] d.h." + free}.record.actor.context == 'h');
        CHECK(Line{"a-1 [0] ..s1." + free}.record.actor.context == 's');
        CHECK(Line{"a-1 [0] ....." + free}.record.actor.context == '.');
        CHECK(Line{"a-1 [0]" + free}.record.actor.context == '.');
        // With PREEMPT_RT need-resched-lazy comes before it, and another column behind.
        CHECK(Line{"a-1 [0] d..h2.." + free}.record.actor.context == 'h');
        CHECK(Line{"a-1 [0] d.L.2.1" + free}.record.actor.context == '.');
    }
    TEST_CASE("a clock that counts has no point") {
        CHECK(Line{"a-1 [0] .... 123456: mm_page_free: pfn=1 order=0"}.record.time ==
              Time{123'456_ps});
    }
    TEST_CASE("headers and empty lines are no faults") {
        for (const char* text : {"", "   ", "# tracer: nop", "cpus=4", "\r", "version = 7"}) {
            CAPTURE(text);
            CHECK(Line{text}.read.kind == LineKind::comment);
        }
    }
    TEST_CASE("a line is read alike whatever lines came before it") {
        const std::array names{"init-42",     "  init-42", "a b-7 (  3)", "x [7] y-1", "[1][2]-3",
                               "CPU 0/KVM-9", "C-1",       "-",           "\tt-5",     "x[1]7.5:"};
        const std::array cpus{" [0] ", " [1]   ", "[001]\t", " [0]", " [3] [4] ", "[2]\t"};
        const std::array flags{"", ".... ", "d..2.  ", "1.5: ", "2.5:x ", "..h.\t"};
        const std::array times{"1.5: ", "17.310054: ", "123456: ", "2.5:", "2.5:x ", "x ", "1.5"};
        const std::array events{"mm_page_free: pfn=1 order=0",
                                "sched:sched_switch: prev=a",
                                "pfn=1",
                                "mm_page_free: pfn=1 order=0 empty",
                                "3.5: mm_page_free: pfn=1",
                                "  mm_page_free: pfn=2 order=0",
                                "mm_page_free:pfn=1: pfn=2 order=0",
                                "mm_page_free:\tpfn=2 order=0",
                                "mm_page_free:"};
        LineReader reader;
        Record record;
        test::Random random{1};
        const auto one_of = [&](const auto& texts) {
            return texts[static_cast<std::size_t>(random.below(std::ssize(texts)))];
        };
        std::string start;
        for (int i = 0; i < 50'000; ++i) {
            if (i % 3 == 0) start = one_of(names) + std::string{one_of(cpus)} + one_of(flags);
            const std::string text = start + one_of(times) + one_of(events);
            const LineRead read = reader.read(text, PageStructs{}, record);
            const Line alone{text};
            CAPTURE(text);
            REQUIRE(read.kind == alone.read.kind);
            REQUIRE(read.name == alone.read.name);
            if (read.kind == LineKind::broken || read.kind == LineKind::comment) continue;
            REQUIRE(record.time == alone.record.time);
            REQUIRE(record.actor.cpu == alone.record.actor.cpu);
            REQUIRE(record.actor.pid == alone.record.actor.pid);
            REQUIRE(record.actor.context == alone.record.actor.context);
        }
    }
    TEST_CASE("an event of another kind is named") {
        const Line line{"a-1 [000] .... 1.0: sched:sched_switch: prev_comm=a"};
        CHECK(line.read.kind == LineKind::other);
        CHECK(line.read.name == "sched_switch");
    }
    TEST_CASE("lost events are events") {
        const Line line{"CPU:3 [LOST 123 EVENTS]"};
        REQUIRE(line.read.kind == LineKind::event);
        REQUIRE(std::holds_alternative<LostEvents>(line.record.event));
        CHECK(std::get<LostEvents>(line.record.event).count == 123);
        CHECK(std::holds_alternative<LostEvents>(Line{"CPU:3 [LOST EVENTS]"}.record.event));
        CHECK(std::holds_alternative<LostEvents>(Line{"CPU:3 [5 EVENTS DROPPED]"}.record.event));
    }
    TEST_CASE("what is cut anywhere is broken, and never something else") {
        const std::string whole =
            "init-42 [001] d... 17.310054: mm_page_alloc: pfn=0x2e8e order=3 migratetype=1 "
            "gfp_flags=GFP_KERNEL";
        const std::size_t needed = whole.find(" gfp_flags");
        for (std::size_t length = 1; length < needed; ++length) {
            CAPTURE(length);
            CHECK(Line{whole.substr(0, length)}.read.kind != LineKind::event);
        }
        for (std::size_t begin = 1; begin < needed; ++begin) {
            CAPTURE(begin);
            const Line line{whole.substr(begin)};
            if (line.read.kind != LineKind::event) continue;
            // Only the thread's name may be missing.
            CHECK(begin < whole.find('['));
            CHECK(std::get<PageAlloc>(line.record.event).page == Pfn{0x2e8e});
        }
    }
    TEST_CASE("numbers that no kernel prints are broken") {
        for (const char* text : {"a-1 [4294967296] .... 1.0: mm_page_free: pfn=1 order=0",
                                 "a-1 [-1] .... 1.0: mm_page_free: pfn=1 order=0",
                                 "a-1 [0] .... 99999999999999999999.0: mm_page_free: pfn=1 order=0",
                                 "a-1 [0] .... 1.0: mm_page_free: pfn=0xffffffffffffff order=0",
                                 "a-1 [0] .... 1.0: mm_page_free: pfn=0x11112222333344445 order=0",
                                 "a-1 [0] .... 1.0: mm_page_free: pfn=1 order=99",
                                 "a-1 [0] .... 1.0: mm_page_free: pfn=-1 order=0",
                                 "a-1 [0] .... 1.0: mm_page_free: pfn=1x order=0",
                                 "a-1 [0] .... 1.0: mm_page_alloc: pfn=1 order=0 migratetype=9"}) {
            CAPTURE(text);
            CHECK(Line{text}.read.kind == LineKind::broken);
        }
    }
    TEST_CASE("a page is named by its struct where the probe has nothing else") {
        const Line line{
            "a-1 [0] .... 1.0: pcp_commit: page=0xffffea00002aa600 mt=0 order=1 "
            "pcp=0xffff88807dab8780 count=435 ff=0"};
        REQUIRE(line.read.kind == LineKind::event);
        const auto& commit = std::get<PcpCommit>(line.record.event);
        CHECK(commit.page == Pfn{0x2aa600 / 64});
        CHECK(commit.page_struct == Address{0xffffea00002aa600});
        CHECK(commit.fields.count == 435);
    }
}
