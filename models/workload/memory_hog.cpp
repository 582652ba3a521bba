// memory-hog: processes that together write to more memory than is free. Page cache is reclaimed
// for them while there is any; then the OOM killer takes the largest of them.
#include <deque>

#include "models/workload/reclaim_metrics.hpp"
#include "models/workload/user_process.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class MemoryHog final : public Workload {
public:
    struct Params {
        std::int64_t processes = 4;
        std::int64_t memory_permille = 1100;
        std::int64_t page_cache_permille = 500;
        std::int64_t rounds = 1;
        static constexpr auto fields() {
            return std::tuple{
                field("processes", &Params::processes, "each with a mapping of its own")
                    .within(1, 4096),
                field("memory_permille", &Params::memory_permille,
                      "what all of them write to in a round, in thousandths of the memory")
                    .within(1, 10'000),
                field("page_cache_permille", &Params::page_cache_permille,
                      "clean page cache at the start, in thousandths of the memory")
                    .within(0, 1000),
                field("rounds", &Params::rounds, "each maps, writes to every page, and unmaps")
                    .within(1, 1'000'000),
            };
        }
    };
    MemoryHog(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {}

    void start(const Placement& where) override {
        kernel_.reclaim.fill_page_cache(params_.page_cache_permille);
        const Pages all = kernel_.memory.managed() * params_.memory_permille / 1000;
        const std::vector<CpuId> cpus = where.in_turn(static_cast<std::size_t>(params_.processes));
        for (std::int64_t i = 0; i < params_.processes; ++i) {
            const CpuId cpu = cpus[static_cast<std::size_t>(i)];
            Thread& thread = create_thread(kernel_, "hog/" + std::to_string(i), cpu, where);
            Process& process = processes_.emplace_back(kernel_, thread);
            const Pages share = all * (i + 1) / params_.processes - all * i / params_.processes;
            thread.start(run(thread, process, static_cast<std::uint32_t>(i), share));
        }
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        Time last_end;
        for (const Process& process : processes_) last_end = std::max(last_end, process.ended);
        std::vector<Measurement> metrics{{"memory-hog/elapsed", "s", Direction::lower,
                                          "until the last process has ended",
                                          last_end.since_start().count()}};
        append(metrics, reclaim_metrics("memory-hog", kernel_));
        return metrics;
    }
    void count_pages(Census& census) const override {
        for (const Process& process : processes_) process.memory.count_pages(census);
    }

private:
    struct Process final : UserProcess {
        using UserProcess::UserProcess;
        Time ended{};
    };

    Task<> run(Context& self, Process& process, std::uint32_t number, Pages share) {
        for (std::int64_t i = 0; i < params_.rounds && !self.stop_requested(); ++i) {
            co_await process.memory.touch(self, share, {number, 0});
            co_await process.memory.unmap(self, number);
        }
        process.ended = kernel_.engine.now();
    }

    Kernel& kernel_;
    Params params_;
    std::deque<Process> processes_;
};

const Register<Workload, MemoryHog> registered{
    "memory-hog", "processes write to more memory than is free: reclaim, drains, OOM kills"};

}  // namespace
}  // namespace pcpsim
