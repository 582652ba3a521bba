// Writes a recording of any length, as ftrace text on standard output:
//
//   write_recording LINES META | gzip > big.trace.gz      META is big.meta.json
//
// Eight CPUs of two nodes run 6.1 and one process each, which forks, touches pages or huge pages,
// and exits, perhaps on the other node; now and then all lists are drained. The lists are those of
// models/mm and the pages those of its buddy allocator, so this measures how fast a recording is
// replayed, not whether the predictions are true. The same length gives the same text.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "models/mm/buddy.hpp"
#include "models/mm/pcplist.hpp"
#include "tests/models/mm/random.hpp"

namespace {

using namespace pcpsim;

constexpr std::size_t nodes = 2, cpus = 8, cpus_per_node = cpus / nodes;
constexpr Pages node_pages{1 << 19};
constexpr PcpLimits limits{Pages{63}, Pages{474}, Pages{474}};

struct Block {
    Pfn page;
    Order order;
};

std::uint64_t pcp_pointer(std::size_t cpu, std::size_t node) {
    return 0xffff'8880'7da3'8780 + 0x8'0000 * cpu + 0x140 * node;
}
std::uint64_t zone_pointer(std::size_t node) {
    return 0xffff'8880'7fd1'3600 + 0x1'0000'0000 * node;
}
Pfn first_page(std::size_t node) { return Pfn{4096 + (1 << 20) * static_cast<std::int64_t>(node)}; }
std::size_t node_of(Pfn page) { return page < first_page(1) ? 0 : 1; }

/// What a CPU does, and the lines of it that are not yet written.
struct Cpu {
    struct Line {
        const char* flags;
        std::string text;
    };
    std::size_t number = 0;
    int pid = 0;
    std::vector<Pcplist> pcps = {};  ///< by node
    std::vector<Line> lines = {};    ///< reversed
    std::array<bool, nodes> locks_zone = {};
    std::vector<Block> user = {}, kernel = {}, announced = {};
    std::int64_t faults = 0;
    Order fault_order = {};
};

class Machine final : public PageMoves {
public:
    Machine(std::int64_t lines, std::FILE* out) : left_{lines}, out_{out} {
        for (std::size_t node = 0; node < nodes; ++node) {
            buddies_.emplace_back(PageGeometry{}, first_page(node), node_pages);
            buddies_.back().add_range(first_page(node), node_pages);
        }
        for (std::size_t number = 0; number < cpus; ++number) {
            cpus_[number].number = number;
            cpus_[number].pid = ++last_pid_;
            for (std::size_t node = 0; node < nodes; ++node) {
                auto& pcp =
                    cpus_[number].pcps.emplace_back(*find_kernel_rules("6.1"), PageGeometry{});
                pcp.set_limits(limits);
            }
        }
    }

    void run() {
        while (left_ > 0) {
            drain_all(cpus_[random(cpus)]);
            for (int burst = 0; burst < 50'000 && left_ > 0; ++burst) {
                Cpu& cpu = cpus_[random(cpus)];
                if (cpu.lines.empty()) step(cpu);
                write(cpu, 1 + random(40));
            }
            for (Cpu& cpu : cpus_) write(cpu, cpu.lines.size());
        }
        std::fwrite(text_.data(), 1, text_.size(), out_);
    }

private:
    std::size_t random(std::int64_t limit) {
        return static_cast<std::size_t>(random_.below(limit));
    }

    // Lines appear in the order in which the CPUs come to them, those under zone->lock as one.

    template <class... Values>
    void say(Cpu& cpu, const char* flags, fmt::format_string<Values...> format, Values... values) {
        said_.push_back({flags, fmt::vformat(format, fmt::make_format_args(values...))});
        speaker_ = &cpu;
    }
    void end_of_step() {
        if (said_.empty()) return;
        speaker_->lines.assign(said_.rbegin(), said_.rend());
        said_.clear();
    }
    void write(Cpu& cpu, std::size_t most) {
        for (; most > 0 && !cpu.lines.empty() && left_ > 0; --most, --left_) {
            const Cpu::Line& line = cpu.lines.back();
            time_ += 1 + random_.below(3);
            fmt::format_to(std::back_inserter(text_), "pft-{:<7} [{:03}] {} {:>5}.{:06}: {}\n",
                           cpu.pid, cpu.number, line.flags, time_ / 1'000'000, time_ % 1'000'000,
                           line.text);
            cpu.lines.pop_back();
        }
        if (cpu.lines.empty()) cpu.locks_zone.fill(false);
        if (text_.size() < 1 << 16 && left_ > 0) return;
        std::fwrite(text_.data(), 1, text_.size(), out_);
        text_.clear();
    }
    [[nodiscard]] bool is_locked(std::size_t node) const {
        return std::ranges::any_of(cpus_, [&](const Cpu& cpu) { return cpu.locks_zone[node]; });
    }

    // What a process does.

    void step(Cpu& cpu) {
        if (!cpu.announced.empty())
            free_announced(cpu);
        else if (cpu.faults > 0)
            fault(cpu);
        else if (!cpu.user.empty())
            exit_some(cpu);
        else if (!cpu.kernel.empty())
            free_kernel(cpu);
        else
            fork(cpu);
        end_of_step();
    }
    void fork(Cpu& cpu) {
        cpu.pid = ++last_pid_;
        cpu.faults = 100 + random_.below(3000);
        cpu.fault_order = Order{random(40) == 0 ? 9 : 0};
        if (cpu.fault_order != Order{0}) cpu.faults = 1 + random_.below(8);
        if (is_locked(cpu.number / cpus_per_node)) return;
        alloc_bulk(cpu);
        for (const int order : {1, 0, 0, 2, 0, 3, 0, 0})
            alloc(cpu, Order{order}, MigrateType::unmovable, "GFP_KERNEL_ACCOUNT|__GFP_ZERO");
    }
    void fault(Cpu& cpu) {
        if (is_locked(cpu.number / cpus_per_node)) return;
        if (cpu.faults-- % 512 == 0)
            alloc(cpu, Order{0}, MigrateType::unmovable, "GFP_KERNEL_ACCOUNT|__GFP_ZERO");
        alloc(cpu, cpu.fault_order, MigrateType::movable, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO");
        // The process exits elsewhere.
        if (cpu.faults == 0 && random(8) == 0) cpu.user.swap(cpus_[random(cpus)].user);
    }
    void exit_some(Cpu& cpu) {
        for (int i = 0; i < 512 && !cpu.user.empty(); ++i) {
            cpu.announced.push_back(cpu.user.back());
            cpu.user.pop_back();
            const Block& block = cpu.announced.back();
            say(cpu, ".....", "mm_page_free: pfn={:#x} order={}", block.page.number(),
                block.order.number());
        }
        std::ranges::reverse(cpu.announced);
    }
    void free_announced(Cpu& cpu) {
        const Block block = cpu.announced.back();
        if (is_locked(node_of(block.page))) return;
        cpu.announced.pop_back();
        if (block.order == Order{0})
            say(cpu, "...2.", "mm_page_free_batched: pfn={:#x} order=0", block.page.number());
        commit(cpu, block, "...2.");
    }
    void free_kernel(Cpu& cpu) {
        const Block block = cpu.kernel.back();
        if (is_locked(node_of(block.page))) return;
        cpu.kernel.pop_back();
        say(cpu, ".....", "mm_page_free: pfn={:#x} order={}", block.page.number(),
            block.order.number());
        commit(cpu, block, "...2.");
    }

    // What the kernel does.

    void alloc(Cpu& cpu, Order order, MigrateType type, const char* flags) {
        const std::size_t node = cpu.number / cpus_per_node;
        Pcplist& pcp = cpu.pcps[node];
        refill(cpu, node, order, type);
        const Pfn page = pcp.pop(order, type);
        (type == MigrateType::movable ? cpu.user : cpu.kernel).push_back({page, order});
        say(cpu, ".....", "mm_page_alloc: pfn={:#x} order={} migratetype={} gfp_flags={}",
            page.number(), order.number(), static_cast<int>(type), flags);
    }
    void alloc_bulk(Cpu& cpu) {
        const std::size_t node = cpu.number / cpus_per_node;
        say(cpu, ".....", "bulk_alloc: (__alloc_pages_bulk+0x0/0x6b0) gfp=0x2dc2 nr=4");
        for (Blocks left{4}; left > Blocks{0};) {
            refill(cpu, node, Order{0}, MigrateType::unmovable);
            const PageRun run = cpu.pcps[node].take_bulk(MigrateType::unmovable, left);
            left -= run.blocks();
            for (std::int64_t i = 0; i < run.count; ++i)
                cpu.kernel.push_back({run.at(i), Order{0}});
        }
        say(cpu, ".....", "bulk_ret: (__vmalloc_node_range+0x264/0x880 <- ...) ret=4");
    }
    void refill(Cpu& cpu, std::size_t node, Order order, MigrateType type) {
        Pcplist& pcp = cpu.pcps[node];
        if (!pcp.needs_refill(order, type)) return;
        const std::int64_t blocks = std::max<std::int64_t>(63 >> order.number(), 2);
        say(cpu, "...2.", "pcp_refill: zone={:#x} order={} n={} mt={}", zone_pointer(node),
            order.number(), blocks, static_cast<int>(type));
        cpu.locks_zone[node] = true;
        refilled_ = type;
        WatchedSource source{buddies_[node], *this};
        pcp.refill(source, order, type, {});
    }
    void commit(Cpu& cpu, const Block& block, const char* flags) {
        const std::size_t node = node_of(block.page);
        Pcplist& pcp = cpu.pcps[node];
        const MigrateType type = *pcp_type(buddies_[node].pageblock_type(block.page));
        say(cpu, flags, "pcp_commit: page={:#x} mt={} order={} pcp={:#x} count={} ff={}",
            0xffff'ea00'0000'0000 + 64 * static_cast<std::uint64_t>(block.page.number()),
            static_cast<int>(type), block.order.number(), pcp_pointer(cpu.number, node),
            pcp.count().count(), pcp.tuning().free_factor);
        const Pages spill = pcp.free(block.page, block.order, type, {});
        if (spill == Pages{0}) return;
        bulk_free(cpu, cpu, node, spill);
        WatchedSource source{buddies_[node], *this};
        pcp.spill(source, spill, block.order, type);
    }
    void bulk_free(Cpu& cpu, const Cpu& owner, std::size_t node, Pages pages) {
        const Pcplist& pcp = owner.pcps[node];
        cpu.locks_zone[node] = true;
        say(cpu, "...2.",
            "pcp_bulkfree: zone={:#x} pcp={:#x} n={} pindex=0 count={} high=474 batch=63 "
            "free_factor={}",
            zone_pointer(node), pcp_pointer(owner.number, node), pages.count(), pcp.count().count(),
            pcp.tuning().free_factor);
    }
    void drain_all(Cpu& cpu) {
        say(cpu, ".....", "drain_all: zone=0x0");
        for (Cpu& owner : cpus_) {
            const auto has_pages = [](const Pcplist& pcp) { return pcp.count() > Pages{0}; };
            if (std::ranges::none_of(owner.pcps, has_pages)) continue;
            for (std::size_t node = 0; node < nodes; ++node) {
                say(cpu, ".....", "drain_pages_zone: cpu={} zone={:#x}", owner.number,
                    zone_pointer(node));
                Pcplist& pcp = owner.pcps[node];
                if (pcp.count() == Pages{0}) continue;
                bulk_free(cpu, owner, node, pcp.count());
                WatchedSource source{buddies_[node], *this};
                pcp.drain(source);
            }
        }
        end_of_step();
        write(cpu, cpu.lines.size());
    }

    void taken(Order order, const PageRun& run) override {
        for (std::int64_t i = 0; i < run.count; ++i)
            say(*speaker_, "d..3.",
                "mm_page_alloc_zone_locked: pfn={:#x} order={} migratetype={} percpu_refill=1",
                run.at(i).number(), order.number(), static_cast<int>(refilled_));
    }
    void given_back(Order order, const PageRun& run) override {
        for (std::int64_t i = 0; i < run.count; ++i)
            say(*speaker_, "d..2.", "mm_page_pcpu_drain: pfn={:#x} order={} migratetype={}",
                run.at(i).number(), order.number(),
                static_cast<int>(buddies_[node_of(run.at(i))].pageblock_type(run.at(i))));
    }

    std::int64_t left_;
    std::FILE* out_;
    test::Random random_{1};
    std::int64_t time_ = 7'000'000;
    int last_pid_ = 200;
    std::vector<Buddy> buddies_;  ///< by node
    std::array<Cpu, cpus> cpus_;
    std::vector<Cpu::Line> said_;
    Cpu* speaker_ = nullptr;
    MigrateType refilled_{};
    std::string text_;
};

void write_meta(const char* path) {
    std::ofstream out{path};
    std::string pagesets, zones, pointers;
    for (std::size_t node = 0; node < nodes; ++node) {
        zones += fmt::format(
            "{}\n    \"node {} zone Normal zone_ptr {:x} start_pfn {} spanned {} present {} "
            "managed {}\"",
            node == 0 ? "" : ",", node, zone_pointer(node), first_page(node).number(),
            node_pages.count(), node_pages.count(), node_pages.count());
        for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
            const char* separator = node + cpu == 0 ? "" : ",";
            pagesets += fmt::format("{}\n    \"cpu{} {}/Normal\": {{\"high\": 474, \"batch\": 63}}",
                                    separator, cpu, node);
            pointers += fmt::format("{}\n    \"pcp node {} zone Normal cpu {} pcp_ptr {:x}\"",
                                    separator, node, cpu, pcp_pointer(cpu, node));
        }
    }
    out << "{\n  \"kernel\": \"Linux (none) 6.1.0-generated\",\n"
        << "  \"topology\": [\"node0 cpus 0-3 distance 10 21\", "
        << "\"node1 cpus 4-7 distance 21 10\"],\n"
        << "  \"zones\": [" << zones << "],\n  \"pagesets\": {\"start\": {" << pagesets
        << "}},\n  \"pcp_pointers\": [" << pointers << ",\n    \"vmemmap ffffea0000000000\"]\n}\n";
}

}  // namespace

int main(int argc, char** argv) {
    std::int64_t lines = 0;
    if (argc == 3) std::from_chars(argv[1], argv[1] + std::string_view{argv[1]}.size(), lines);
    if (lines <= 0) {
        std::fputs("usage: write_recording LINES META > TRACE\n", stderr);
        return 2;
    }
    write_meta(argv[2]);
    Machine{lines, stdout}.run();
}
