// page-fault-loop (will-it-scale page_fault1): each task is a process that maps memory, writes to
// every page of it, unmaps it, and begins again.
//
//   task   | fault | fault | ... | fault | unmap: free | free | ... | pause | fault | ...
//          |<-------- pages -------->|<------- pages ------->|
//
// Its pages go round between the task and its CPU's pcplist, so that refills and spills come by
// the batch, and a drain always finds something.
#include <algorithm>
#include <deque>
#include <optional>

#include "models/workload/user_process.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class PageFaultLoop final : public Workload {
public:
    struct Params {
        std::int64_t tasks = 0;
        Pages pages = 32768_pages;
        std::int64_t loops = 0;
        Duration pause;
        Duration unmap_page = 60_ns;
        std::int64_t jitter_permille = 20;
        static constexpr auto fields() {
            return std::tuple{
                field("tasks", &Params::tasks, "each a process; 0: one per CPU").within(0, 8192),
                field("pages", &Params::pages, "of a mapping")
                    .within(1_pages, 1'000'000'000_pages)
                    .source("will-it-scale, page_fault1: 128 MiB"),
                field("loops", &Params::loops, "of each task; 0: until it is told to stop")
                    .within(0, 1'000'000'000),
                field("pause", &Params::pause, "slept between two loops").within(0_ns, 1000_s),
                field("unmap_page", &Params::unmap_page,
                      "the kernel's work to unmap a page, but for freeing it")
                    .within(1_ns, 1_ms)
                    .source("assumed"),
                field("jitter_permille", &Params::jitter_permille,
                      "a fault's own work varies by up to this, drawn once per batch")
                    .within(0, 900)
                    .source("assumed"),
            };
        }
    };
    PageFaultLoop(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {}

    [[nodiscard]] bool endless() const override { return params_.loops == 0; }

    void start(const Placement& where) override {
        const std::vector<CpuId> cpus = where.in_turn(
            params_.tasks == 0 ? where.cpus.size() : static_cast<std::size_t>(params_.tasks));
        for (std::size_t i = 0; i < cpus.size(); ++i) {
            Thread& thread =
                create_thread(kernel_, "page-fault-loop/" + std::to_string(i), cpus[i], where);
            Process& process = processes_.emplace_back(kernel_, thread);
            thread.start(run(thread, process, static_cast<std::uint32_t>(i)));
        }
    }

    [[nodiscard]] std::vector<Measurement> measure() const override;

    void count_pages(Census& census) const override {
        for (const Process& process : processes_) process.memory.count_pages(census);
    }

private:
    struct Process final : UserProcess {
        Process(Kernel& kernel, Thread& thread)
            : UserProcess{kernel, thread}, started{kernel.engine.now()} {}
        Pages faulted;  ///< in loops that are over, or being unmapped
        bool unmapping = false;
        std::int64_t loops = 0;  ///< that are over
        Time started;
        std::optional<Time> ended{};
    };

    Task<> run(Context& self, Process& process, std::uint32_t number) {
        while (process.loops < params_.loops || endless()) {
            co_await process.memory.touch(self, params_.pages, {number, params_.jitter_permille});
            process.faulted += process.memory.mapped();
            process.unmapping = true;
            co_await process.memory.unmap(self, number, params_.unmap_page);
            process.unmapping = false;
            if (self.stop_requested()) break;
            ++process.loops;
            if (params_.pause > Duration{}) co_await self.sleep(params_.pause);
        }
        process.ended = kernel_.engine.now();
    }

    Kernel& kernel_;
    Params params_;
    std::deque<Process> processes_;
};

std::vector<Measurement> PageFaultLoop::measure() const {
    std::int64_t per_second = 0;
    for (const Process& process : processes_) {
        const Pages under_way = process.unmapping ? Pages{} : process.memory.mapped();
        const std::int64_t own = (process.faulted + under_way).count();
        const Duration ran = process.ended.value_or(kernel_.engine.now()) - process.started;
        if (ran >= 1_us) per_second += own * 1'000'000 / (ran / 1_us);
    }
    const auto tasks = std::max<std::int64_t>(std::ssize(processes_), 1);
    const auto rate = [](const char* which, const char* sentence, std::int64_t value) {
        return Measurement{std::string{"page-fault-loop/"} + which, "faults/s", Direction::higher,
                           sentence, value};
    };
    return {
        rate("rate", "pages touched in a second, by all tasks", per_second),
        rate("rate-per-task", "the same, the mean of the tasks", per_second / tasks),
    };
}

const Register<Workload, PageFaultLoop> registered{
    "page-fault-loop", "each task maps memory, writes to every page, unmaps it, and begins again"};

}  // namespace
}  // namespace pcpsim
