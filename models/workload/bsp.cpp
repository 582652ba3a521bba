// Bulk-synchronous ranks, as an MPI program on tuned nodes: all compute, then all wait in a barrier
// for the slowest. What interrupts one delays everybody.
//
//   rank 0 |- compute -|...... polls ......|- compute -|
//   rank 1 |- compute ---# tick #----------|- compute -|
//   rank 2 |- compute -|...... polls ......|- compute -|
//
// Waiting ranks poll in user mode and are preemptible.
#include <algorithm>
#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "models/kernel/address_space.hpp"
#include "models/kernel/interruption_report.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class Barrier final : public Waitable {
public:
    explicit Barrier(const Interconnect& lines) : lines_{lines} {}
    void set_ranks(std::size_t ranks) { ranks_ = ranks; }

    /// Counts the caller, who stays on its CPU; true if it is the last one.
    bool arrive(Context& self) {
        if (waiting_.size() + 1 < ranks_) return false;
        const CpuId cpu = self.processor().id();
        for (Context* const rank : std::exchange(waiting_, {}))
            rank->granted(lines_.transfer(cpu, rank->processor().id()));
        return true;
    }
    struct Wait {
        Barrier& barrier;
        Context& self;
        Wait(Barrier& b, Context& s) : barrier{b}, self{s} {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> leaf) const {
            barrier.waiting_.push_back(&self);
            self.spin(leaf, barrier, Activity::user);
        }
        void await_resume() const {}
    };
    /// Polls until the last one has come.
    Wait wait(Context& self) { return {*this, self}; }

    [[nodiscard]] std::string name() const override { return "the barrier"; }
    [[nodiscard]] const Process* holder() const override { return nullptr; }

private:
    const Interconnect& lines_;
    std::size_t ranks_ = 0;
    std::vector<Context*> waiting_;
};

class Bsp final : public Workload {
public:
    struct Params {
        std::int64_t steps = 1000;
        Duration compute = 1_ms;
        Pages pages;
        static constexpr auto fields() {
            return std::tuple{
                field("steps", &Params::steps, "each ends with a barrier; 0: until told to stop")
                    .within(0, 1'000'000'000),
                field("compute", &Params::compute, "work of each rank in a step, in user mode")
                    .within(1_ns, 1000_s),
                field("pages", &Params::pages, "fresh pages that each rank faults in a step")
                    .within(0_pages, 1'000'000_pages),
            };
        }
    };
    Bsp(Kernel& kernel, Params params)
        : kernel_{kernel}, params_{params}, barrier_{kernel.machine.interconnect} {}

    [[nodiscard]] bool endless() const override { return params_.steps == 0; }

    /// A rank per CPU.
    void start(const Placement& where) override {
        barrier_.set_ranks(where.cpus.size());
        for (const CpuId cpu : where.cpus) {
            Thread& thread = create_thread(kernel_, "rank/" + std::to_string(cpu.number()), cpu,
                                           {where.cpus, true});
            thread.record_interruptions(interruptions_.emplace_back());
            AddressSpace& memory = memory_.emplace_back(kernel_);
            memory.add(thread);
            thread.start(rank(thread, memory));
        }
    }

    [[nodiscard]] std::vector<Measurement> measure() const override;
    void count_pages(Census& census) const override {
        for (const AddressSpace& memory : memory_) memory.count_pages(census);
    }

private:
    Task<> rank(Context& self, AddressSpace& memory) {
        const Phase work{params_.compute, Activity::user, false, true};
        for (;;) {
            const Time begun = kernel_.engine.now();
            co_await self.run(Operation{&work, 1});
            if (params_.pages > Pages{}) co_await memory.touch(self, params_.pages, {});
            note_step(kernel_.engine.now() - begun);
            co_await self.run(kernel_.machine.costs.atomic);
            if (barrier_.arrive(self))
                finish_step(self.stop_requested());
            else
                co_await barrier_.wait(self);
            if (over_) co_return;
        }
    }
    /// One rank has done its part of this step.
    void note_step(Duration lasted) {
        slowest_ = std::max(slowest_, lasted);
        fastest_ever_ = std::min(fastest_ever_, lasted);
        computing_ += lasted;
    }
    /// All have.
    void finish_step(bool told_to_stop) {
        ++steps_;
        computed_ += std::exchange(computing_, {});
        waited_for_ += slowest_;
        slowest_ever_ = std::max(slowest_ever_, std::exchange(slowest_, {}));
        over_ = told_to_stop || steps_ == params_.steps;
    }

    Kernel& kernel_;
    Params params_;
    Barrier barrier_;
    std::deque<AddressSpace> memory_;  ///< each rank is a process
    std::deque<Interruptions> interruptions_;
    bool over_ = false;
    std::int64_t steps_ = 0;
    Duration computing_, slowest_;    ///< of the step in hand: all ranks, and the slowest
    Duration computed_, waited_for_;  ///< the same, summed over the steps that are done
    Duration slowest_ever_;
    Duration fastest_ever_ = Duration::max();
};

std::vector<Measurement> Bsp::measure() const {
    const auto ranks = static_cast<std::int64_t>(std::max<std::size_t>(memory_.size(), 1));
    const Duration ideal = steps_ == 0 ? Duration{} : fastest_ever_ * steps_;
    std::vector<Measurement> measured{
        {"bsp/steps", "count", Direction::higher, "steps that all ranks have done", steps_},
        microseconds("bsp/lost", waited_for_ - ideal,
                     "time by which the slowest ranks made all steps longer than the fastest part "
                     "of a step"),
        microseconds("bsp/noise", computed_ / ranks - ideal,
                     "the same for the mean rank: what noise costs one that waits for nobody"),
        microseconds("bsp/slowest", slowest_ever_, "longest part of a step of any rank"),
    };
    append(measured, report_interruptions("bsp", interruptions_));
    return measured;
}

const Register<Workload, Bsp> registered{
    "bsp", "ranks compute and meet in barriers: what interrupts one delays all"};

}  // namespace
}  // namespace pcpsim
