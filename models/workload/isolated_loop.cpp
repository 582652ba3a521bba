// The loop of a tuned realtime or HPC host: a thread per CPU that polls in user mode and faults a
// few pages now and then, with a record of everything that interrupted it, as oslat keeps one.
//
//   user |- faults -| user ........... |- faults -| user .....# work item #..... |- faults -|
//        <------------- period ------------------>
//
// Its faults keep pages on the CPU's pcplist, so that a drain has reason to come by. If it has a
// housekeeper, that is a thread of the same process elsewhere: each of its munmap() has the TLBs of
// all others flushed, by an interrupt where the hardware has no other way.
#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "models/kernel/address_space.hpp"
#include "models/kernel/interruption_report.hpp"
#include "models/kernel/masks.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class IsolatedLoop final : public Workload {
public:
    struct Params {
        std::int64_t rounds = 0;
        Duration period = 1_ms;
        Pages pages = 16_pages;
        Duration read_side;
        Duration housekeeper;
        static constexpr auto fields() {
            return std::tuple{
                field("rounds", &Params::rounds, "of each thread; 0: until it is told to stop")
                    .within(0, 1'000'000'000),
                field("period", &Params::period, "from the start of a round to the next")
                    .within(1_us, 1000_s),
                field("pages", &Params::pages, "fresh pages faulted in a round")
                    .within(0_pages, 1'000'000_pages),
                field("read_side", &Params::read_side,
                      "then spent as a reader of RCU, in the kernel with preemption off")
                    .within(0_ns, 1000_s),
                field("housekeeper", &Params::housekeeper,
                      "pause after which a thread on a housekeeping CPU faults as many pages and "
                      "unmaps them; it and the others are then one process; 0: none")
                    .within(0_ns, 1000_s),
            };
        }
    };
    IsolatedLoop(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {}

    [[nodiscard]] bool endless() const override { return params_.rounds == 0; }

    void start(const Placement& where) override {
        for (const CpuId cpu : where.cpus) {
            Thread& thread = create_thread(kernel_, "isolated-loop/" + std::to_string(cpu.number()),
                                           cpu, {where.cpus, true});
            thread.record_interruptions(interruptions_.emplace_back());
            AddressSpace& memory = memory_of_next(thread);
            thread.start(loop(thread, memory, running_++));
        }
        if (!has_housekeeper()) return;
        const CpuSet cpus = kernel_.machine.housekeeping();
        Thread& thread =
            create_thread(kernel_, "isolated-loop/housekeeper", cpus.first(), {cpus, false});
        AddressSpace& memory = memory_of_next(thread);
        thread.start(keep_house(thread, memory, running_));
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        std::vector<Measurement> measured{
            {"isolated-loop/rounds", "count", Direction::higher, "rounds of all threads", rounds_},
            counted("isolated-loop/late", late_, "rounds that ended after the next one was due"),
            microseconds("isolated-loop/faults-longest", faults_longest_,
                         "longest that the faults of one round took"),
        };
        if (has_housekeeper())
            measured.push_back(
                counted("isolated-loop/unmappings", unmappings_, "munmap() of the housekeeper"));
        append(measured, report_interruptions("isolated-loop", interruptions_));
        return measured;
    }
    void count_pages(Census& census) const override {
        for (const AddressSpace& memory : memory_) memory.count_pages(census);
    }

private:
    [[nodiscard]] bool has_housekeeper() const { return params_.housekeeper > Duration{}; }
    /// Each thread is a process, unless there is a housekeeper.
    AddressSpace& memory_of_next(Thread& thread) {
        if (memory_.empty() || !has_housekeeper()) memory_.emplace_back(kernel_);
        memory_.back().add(thread);
        return memory_.back();
    }

    Task<> keep_house(Context& self, AddressSpace& memory, std::uint32_t number) {
        for (;;) {
            co_await self.sleep(params_.housekeeper);
            if (running_ == 0 || self.stop_requested()) co_return;
            co_await memory.touch(self, params_.pages, {number});
            co_await memory.unmap(self, number);
            ++unmappings_;
        }
    }
    Task<> loop(Context& self, AddressSpace& memory, std::uint32_t number) {
        Time due = kernel_.engine.now();
        for (std::int64_t round = 0; round < params_.rounds || endless(); ++round) {
            due += params_.period;
            if (due > kernel_.engine.now()) {
                const Phase poll{due - kernel_.engine.now(), Activity::user, false, true};
                co_await self.run(Operation{&poll, 1});
            }
            if (self.stop_requested()) co_return;
            const Time begun = kernel_.engine.now();
            co_await memory.touch(self, params_.pages, {number});
            faults_longest_ = std::max(faults_longest_, kernel_.engine.now() - begun);
            if (params_.read_side > Duration{}) {
                const Pinned reader{self};
                co_await self.run(params_.read_side);
            }
            ++rounds_;
            if (kernel_.engine.now() > due + params_.period) ++late_;
        }
        --running_;
    }

    Kernel& kernel_;
    Params params_;
    std::deque<AddressSpace> memory_;  ///< of each process
    std::deque<Interruptions> interruptions_;
    std::int64_t rounds_ = 0;
    std::uint32_t running_ = 0;  ///< threads that have not ended
    std::uint64_t late_ = 0, unmappings_ = 0;
    Duration faults_longest_;
};

const Register<Workload, IsolatedLoop> registered{
    "isolated-loop",
    "a pinned thread per CPU polls, faults pages every period, and records what interrupts it"};

}  // namespace
}  // namespace pcpsim
