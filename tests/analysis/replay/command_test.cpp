// Goal: whatever file a user names, the answer is a replay, or an error that says what is wrong.
// Method: a real recording, damaged in every way that recordings are.
#include "analysis/replay/command.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "models/config/errors.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

const std::string folder = std::string{PCPSIM_SOURCE_DIR} + "/tests/data/";
const std::string meta = folder + "exec-6.12.meta.json";

/// The first lines of a recording, uncompressed.
std::vector<std::string> lines_of(const std::string& name, std::size_t most) {
    TextFile file{folder + name};
    std::vector<std::string> lines;
    for (std::string_view line; lines.size() < most && file.next(line);) lines.emplace_back(line);
    return lines;
}

const std::vector<std::string>& some_lines() {
    static const std::vector<std::string> lines = lines_of("exec-6.12.trace.gz", 8000);
    return lines;
}

template <class Change>
ReplayReport changed(Change change) {
    std::string text;
    for (std::size_t i = 0; i < some_lines().size(); ++i) text += change(i, some_lines()[i]);
    const TemporaryFolder temporary;
    return replay({temporary.write("a.trace", text), meta, {}});
}

ReplayReport replay_bytes(const std::string& bytes, const std::string& meta_file = meta) {
    const TemporaryFolder temporary;
    return replay({temporary.write("a.trace", bytes), meta_file, {}});
}

std::string file_bytes(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

std::int64_t matched(const ReplayReport& report) {
    return report.result.checks.tally(Check::page_identity).matched;
}

}  // namespace

TEST_SUITE("analysis/replay/command") {
    TEST_CASE("the meta file lies beside the recording") {
        CHECK(meta_beside(folder + "exec-6.12.trace.gz") == meta);
        CHECK(meta_beside(folder + "exec-6.12.trace") == meta);
        const TemporaryFolder temporary;
        const std::string zoneinfo = temporary.write("b.zoneinfo", "");
        const std::string path = zoneinfo.substr(0, zoneinfo.size() - 9);
        CHECK(meta_beside(path + ".trace") == zoneinfo);
        CHECK_THROWS_AS(meta_beside(path + "c.trace"), ScenarioError);
    }
    TEST_CASE("plain and compressed recordings give the same counts") {
        const ReplayReport plain = changed([](std::size_t, auto& line) { return line + "\n"; });
        const ReplayReport crlf = changed([](std::size_t, auto& line) { return line + "\r\n"; });
        CHECK(plain.holds());
        CHECK(matched(plain) > 500);
        CHECK(matched(crlf) == matched(plain));
        CHECK(crlf.lines.broken == 0);
    }
    TEST_CASE("a truncated gzip file is replayed as far as it goes, and that is said") {
        const std::string bytes = file_bytes(folder + "exec-6.12.trace.gz");
        const ReplayReport half = replay_bytes(bytes.substr(0, bytes.size() / 2));
        CHECK(half.result.checks.mismatched() == 0);
        CHECK(half.lines.damage != "");
        CHECK(to_text(half).find("reading stopped early") != std::string::npos);
    }
    TEST_CASE("lines that are cut, doubled or missing are counted or show, and never crash") {
        const ReplayReport cut = changed([](std::size_t i, const std::string& line) {
            return i % 100 == 50 ? line.substr(0, line.size() / 2) + "\n" : line + "\n";
        });
        CHECK(cut.lines.broken > 70);
        CHECK(!cut.holds());
        const ReplayReport doubled = changed([](std::size_t i, const std::string& line) {
            return line + "\n" + (i % 100 == 50 ? line + "\n" : "");
        });
        CHECK(!doubled.holds());
        const ReplayReport reversed = changed([](std::size_t i, const std::string&) {
            return some_lines()[some_lines().size() - 1 - i] + "\n";
        });
        CHECK(reversed.lines.out_of_order > 1000);
        CHECK(!reversed.holds());
    }
    TEST_CASE("lost events are no differences, but put what follows in doubt") {
        const ReplayReport lossy = changed([](std::size_t i, const std::string& line) {
            if (i >= 7000 && i < 7100) return std::string{};
            return (i == 7100 ? "CPU:1 [LOST 100 EVENTS]\n" : "") + line + "\n";
        });
        CHECK(lossy.lines.lost_events == 100);
        CHECK(lossy.result.checks.mismatched() == 0);
        const Tally& tally = lossy.result.checks.tally(Check::page_identity);
        CHECK(tally.unchecked[static_cast<std::size_t>(Unchecked::after_lost_events)] > 0);
    }
    TEST_CASE("other events and wrong CPUs are left out and counted") {
        const ReplayReport noisy = changed([](std::size_t i, const std::string& line) {
            return line + "\n" +
                   (i % 10 == 5 ? "x-1 [000] .... 1.0: sched_switch: prev_comm=a\n"
                                  "x-1 [900] .... 1.0: mm_page_free: pfn=0x1 order=0\n"
                                : "");
        });
        CHECK(noisy.holds());
        CHECK(noisy.lines.wrong_cpu > 100);
        CHECK(noisy.lines.other_events > 100);
    }
    TEST_CASE("a file of zeros or noise, and an empty one, are refused") {
        CHECK_THROWS_AS(replay_bytes(std::string(1 << 20, '\0')), ScenarioError);
        std::string noise;
        std::uint32_t state = 1;
        for (int i = 0; i < 1 << 18; ++i)
            noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
        CHECK_THROWS_AS(replay_bytes(noise), ScenarioError);
        CHECK_THROWS_AS(replay_bytes(""), ScenarioError);
        CHECK_THROWS_AS(replay_bytes("# tracer: nop\n"), ScenarioError);
        const auto complaint = [](const std::string& recording) -> std::string {
            try {
                return replay({recording, meta, {}}).recording;
            } catch (const ScenarioError& error) {
                return error.what();
            }
        };
        CHECK(complaint("/nonexistent.trace") ==
              "/nonexistent.trace: expected a recording, got No such file or directory");
        CHECK(complaint(folder) == folder + ": expected a recording, got a directory");
    }
    TEST_CASE("zeros behind a recording are one line that is left out") {
        const auto tail = [](std::size_t i, const std::string& line) {
            return line + "\n" + (i + 1 == some_lines().size() ? std::string(1 << 20, '\0') : "");
        };
        const ReplayReport report = changed(tail);
        CHECK(report.holds());
        CHECK(report.lines.broken == 1);
    }
    TEST_CASE("pages that no machine has are counted, and change nothing") {
        const ReplayReport report = changed([](std::size_t i, const std::string& line) {
            return line + "\n" +
                   (i % 10 == 5 ? "x-99 [000] .... 1.0: mm_page_free: pfn=0xffffffffffff order=0\n"
                                  "x-99 [000] .... 1.0: mm_page_alloc: pfn=0xffffffffff order=0 "
                                  "migratetype=1\n"
                                : "");
        });
        CHECK(report.holds());
        CHECK(report.lines.broken == 800);
        CHECK(report.result.no_zone == 800);
    }
    TEST_CASE("the meta file of another recording is noticed") {
        const std::string recording = folder + "exec-6.12.trace.gz";
        CHECK_THROWS_AS(replay({recording, folder + "cross-6.1.meta.json", {}}), ScenarioError);
        CHECK_THROWS_AS(replay({recording, folder + "drains-5.10.meta.json", {}}), ScenarioError);
    }
    TEST_CASE("a wreck is waded through in time, and not taken for a replay") {
        for (const bool probed : {true, false}) {
            std::string text;
            std::uint32_t state = 7;
            const auto draw = [&](std::uint32_t limit) {
                return std::to_string((state = state * 1664525 + 1013904223) / 16 % limit);
            };
            for (int i = 0; i < 60'000; ++i) {
                text += "t-" + draw(40) + " [" + draw(4) + "] ..... 1.0: ";
                const std::string page = "pfn=" + std::to_string(13000 + std::stoi(draw(4000)));
                switch (std::stoi(draw(probed ? 5 : 4))) {
                    case 0:
                        text += "mm_page_alloc: " + page + " order=0 migratetype=1\n";
                        break;
                    case 1:
                        text += "mm_page_free: " + page + " order=0\n";
                        break;
                    case 2:
                        text += "mm_page_alloc_zone_locked: " + page + " order=0 migratetype=1\n";
                        break;
                    case 3:
                        text += "mm_page_pcpu_drain: " + page + " order=0 migratetype=1\n";
                        break;
                    default:
                        text += "pcp_commit: " + page + " mt=1 order=0 count=" + draw(300) + "\n";
                }
            }
            const ReplayReport report = replay_bytes(text);
            CHECK(!report.holds());
            CHECK(report.lines.events == 60'000);
        }
    }
    TEST_CASE("a saved /proc/zoneinfo will do, with the era") {
        const std::string recording = folder + "cross-6.1.trace.gz";
        const ReplayReport whole = replay({recording, {}, {}});
        std::string zoneinfo;
        for (const char* zone : {"Node 0, zone DMA\n spanned 4095\n start_pfn: 1\n",
                                 "Node 0, zone DMA32\n spanned 520160\n start_pfn: 4096\n",
                                 "Node 1, zone Normal\n spanned 524288\n start_pfn: 1048576\n"}) {
            zoneinfo += zone;
            for (int cpu = 0; cpu < 8; ++cpu)
                zoneinfo += "  cpu: " + std::to_string(cpu) + "\n batch: 63\n high: 360\n";
        }
        const TemporaryFolder temporary;
        const std::string path = temporary.write("zoneinfo", zoneinfo);
        const ReplayReport report = replay({recording, path, "6.1"});
        CHECK(report.holds());
        CHECK(matched(report) == matched(whole));
        CHECK_THROWS_AS(replay({recording, path, {}}), ScenarioError);
    }
    TEST_CASE("an era may be chosen, and must exist") {
        ReplayRequest request{folder + "exec-6.12.trace.gz", meta, "6.12"};
        CHECK(replay(request).holds());
        request.kernel = "6.13";
        CHECK_THROWS_AS(replay(request), ScenarioError);
    }
    TEST_CASE("the recorded kernel answers its own requests as it did") {
        struct Case {
            const char *name, *era;
        };
        for (const Case& own :
             {Case{"drains-5.10", "5.10"}, Case{"cross-6.1", "6.1"}, Case{"exec-6.12", "6.12"}}) {
            CAPTURE(own.name);
            CounterfactualRequest request{{folder + own.name + ".trace.gz"}};
            request.drain = find_kernel_rules(own.era)->drain_strategy;
            for (const bool named : {false, true}) {
                if (named) request.kernel = own.era;
                const CounterfactualReport report = replay_otherwise(request);
                CHECK(report.holds());
                CHECK(report.allocations > 500);
                CHECK(report.recorded.refills > 5);
                CHECK(report.counts == report.recorded);
                CHECK(report.failed == 0);
            }
        }
    }
    TEST_CASE("other rules answer otherwise") {
        CounterfactualRequest request{{folder + "drains-5.10.trace.gz"}};
        request.kernel = "6.12";
        request.drain = "ipi-mask";
        request.set = {"/pcp/batch=31", "/strategy/params/mask=set-and-clear"};
        const CounterfactualReport report = replay_otherwise(request);
        CHECK(report.recorded.work_items > 0);
        CHECK(report.counts.work_items == 0);
        CHECK(report.counts.interrupts > 0);
        CHECK(report.counts.refills != report.recorded.refills);
        CHECK(report.failed == 0);
        const auto refuses = [&](auto change) {
            CounterfactualRequest wrong = request;
            change(wrong);
            CHECK_THROWS_AS(replay_otherwise(wrong), ScenarioError);
        };
        refuses([](auto& wrong) { wrong.kernel = "6.13"; });
        refuses([](auto& wrong) { wrong.drain = "ipi-mesk"; });
        refuses([](auto& wrong) { wrong.set = {"/pcp/betch=31"}; });
        refuses([](auto& wrong) { wrong.set = {"/pcp/batch=0"}; });
        // A recording of drains alone has nothing to answer.
        refuses([](auto& wrong) { wrong.recorded = {folder + "isolated-5.10.trace.gz"}; });
    }
    TEST_CASE("an era that is not the recorded one, a strategy or a setting ask for an answer") {
        const auto out_of = [](Arguments::Options options) {
            return replay_command().run({{folder + "exec-6.12.trace.gz"}, std::move(options)}).out;
        };
        const auto is_other = [](const std::string& out) {
            return out.find("answered otherwise") != std::string::npos;
        };
        CHECK(!is_other(out_of({})));
        CHECK(!is_other(out_of({{"kernel", {"6.12"}}})));
        CHECK(is_other(out_of({{"kernel", {"6.1"}}})));
        CHECK(is_other(out_of({{"drain", {"remote-spinlock"}}})));
        CHECK(is_other(out_of({{"set", {"/pcp/high=500"}}})));
    }
}
