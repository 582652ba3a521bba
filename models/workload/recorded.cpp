// recorded: the allocations and frees of a recorded kernel, done again. The thread that stands for
// recorded CPU k is pinned to the k-th CPU of the workload's placement, and does what that CPU did,
// in its order. A free gives back what its allocation got here, and waits until it has.
//
//   recorded CPU 0 | think | alloc a | think | alloc b | think | free a | ...
//   recorded CPU 1 | think | free b: waits ............| frees | think | ...
//
// Pages that were allocated before the recording began are taken at the start. Good for: the mix of
// orders, types and CPUs of a real load. Bad for: what answers the allocator, such as a load that
// would have slept or gone elsewhere. Drains are not repeated: the simulated kernel makes its own.
#include <map>
#include <optional>

#include "models/config/errors.hpp"
#include "models/trace/requests.hpp"
#include "models/workload/workload.hpp"
#include "sim/completion.hpp"

namespace pcpsim {
namespace {

enum class Think { none, fixed, recorded };
constexpr auto enum_names(Think) { return std::array{"none", "fixed", "recorded"}; }

class Recorded final : public Workload {
public:
    struct Params {
        RecordingFile recording;
        Think think = Think::none;
        Duration think_time = 1_us;
        static constexpr auto fields() {
            return std::tuple{
                field("recording", &Params::recording,
                      "a trace with mm_page_alloc and mm_page_free; see `pcpsim record`")
                    .required(),
                field("think", &Params::think,
                      "user mode before each request: none, and then no times are reported; of a "
                      "fixed length; as long as the recorded CPU took since its last one"),
                field("think_time", &Params::think_time, "if fixed")
                    .within(1_ps, 1000_s)
                    .source("assumed"),
            };
        }
    };
    Recorded(Kernel& kernel, Params params)
        : kernel_{kernel},
          params_{std::move(params)},
          requests_{params_.recording.requests()},
          held_(requests_.blocks.size()) {}

    void start(const Placement& where) override;
    [[nodiscard]] std::vector<Measurement> measure() const override;
    void count_pages(Census& census) const override {
        for (std::size_t i = 0; i < held_.size(); ++i)
            if (held_[i].state == Held::State::held)
                census.count(PageRun{held_[i].block, 1, 1}, requests_.blocks[i].order);
    }

private:
    /// What became of a recorded block here.
    struct Held {
        enum class State : std::uint8_t { awaited, held, gone };
        State state = State::awaited;
        Pfn block;
    };

    void take_earlier_blocks();
    Task<> run(Context& self, const std::vector<PageRequest>& requests);
    Task<> think(Context& self, Duration recorded);
    Task<> allocate(Context& self, std::uint32_t number);
    Task<> free(Context& self, std::uint32_t number);

    Kernel& kernel_;
    Params params_;
    const RecordedRequests& requests_;
    std::vector<Held> held_;                     ///< by recorded block
    std::vector<Thread*> threads_;               ///< by recorded CPU; null if it asks for nothing
    std::vector<CpuId> cpus_;                    ///< likewise, where it runs
    std::map<std::uint32_t, Completion> waits_;  ///< by the block that a free waits for
    bool cut_short_ = false;
    std::int64_t allocated_ = 0, freed_ = 0, failed_ = 0;
    Duration in_allocator_;
    Time started_, ended_;
};

void Recorded::start(const Placement& where) {
    const std::size_t cpus = requests_.cpus.size();
    if (cpus > where.cpus.size())
        throw ScenarioError{"recorded: expected a CPU for each of the recording's " +
                            std::to_string(cpus) + ", got " + to_string(where.cpus)};
    started_ = ended_ = kernel_.engine.now();
    cpus_ = where.in_turn(cpus);
    take_earlier_blocks();
    threads_.resize(cpus);
    for (std::size_t k = 0; k < cpus; ++k)
        if (!requests_.cpus[k].empty())
            threads_[k] = &create_thread(kernel_, "recorded/" + std::to_string(k), cpus_[k],
                                         {where.cpus, true});
    for (std::size_t k = 0; k < cpus; ++k)
        if (threads_[k] != nullptr) threads_[k]->start(run(*threads_[k], requests_.cpus[k]));
}

void Recorded::take_earlier_blocks() {
    for (std::size_t i = 0; i < held_.size(); ++i) {
        const RecordedBlock& wanted = requests_.blocks[i];
        if (!wanted.earlier) continue;
        std::optional<Pfn> block;
        const NodeId node = kernel_.machine.topology.node_of(cpus_[wanted.cpu.index()]);
        for (const ZoneId zone : kernel_.memory.zonelist(node))
            if (!block) block = kernel_.memory.zone(zone).alloc_block(wanted.order, wanted.type);
        if (block)
            held_[i] = {Held::State::held, *block};
        else
            held_[i].state = Held::State::gone, ++failed_;
    }
}

Task<> Recorded::run(Context& self, const std::vector<PageRequest>& requests) {
    for (const PageRequest& request : requests) {
        co_await think(self, request.after);
        cut_short_ = cut_short_ || self.stop_requested();
        if (cut_short_) break;
        if (request.frees)
            co_await free(self, request.block);
        else
            co_await allocate(self, request.block);
    }
    ended_ = kernel_.engine.now();
    // Nobody waits for what will not be allocated any more.
    if (cut_short_)
        for (auto& [number, wait] : waits_) wait.complete();
}

Task<> Recorded::think(Context& self, Duration recorded) {
    if (params_.think == Think::none) co_return;
    const Duration length = params_.think == Think::fixed ? params_.think_time : recorded;
    const Phase work{length, Activity::user, false, true};
    if (length > Duration{}) co_await self.run(Operation{&work, 1});
}

Task<> Recorded::allocate(Context& self, std::uint32_t number) {
    const RecordedBlock& wanted = requests_.blocks[number];
    const Time asked = kernel_.engine.now();
    const NodeId node = kernel_.machine.topology.node_of(cpus_[wanted.cpu.index()]);
    const std::optional<Pfn> block =
        co_await kernel_.pages.alloc_pages(self, node, wanted.order, wanted.type);
    in_allocator_ += kernel_.engine.now() - asked;
    if (block)
        held_[number] = {Held::State::held, *block}, ++allocated_;
    else
        held_[number].state = Held::State::gone, ++failed_;
    const auto waited_for = waits_.find(number);
    if (waited_for != waits_.end()) waited_for->second.complete();
}

Task<> Recorded::free(Context& self, std::uint32_t number) {
    const RecordedBlock& block = requests_.blocks[number];
    Held& held = held_[number];
    if (held.state == Held::State::awaited) {
        const auto [wait, is_new] =
            waits_.try_emplace(number, "the allocation of block " + std::to_string(number));
        wait->second.set_finisher(*threads_[block.cpu.index()]);
        co_await wait->second.wait(self);
        waits_.erase(number);
    }
    if (held.state != Held::State::held) co_return;
    held.state = Held::State::gone;
    const Time asked = kernel_.engine.now();
    co_await kernel_.pages.free_pages(self, held.block, block.order, block.type);
    in_allocator_ += kernel_.engine.now() - asked;
    ++freed_;
}

std::vector<Measurement> Recorded::measure() const {
    const AllocatorStatistics& pages = kernel_.pages.statistics();
    const auto count = [](const char* which, std::uint64_t value, const char* sentence) {
        return counted(std::string{"recorded/"} + which, value, sentence);
    };
    const auto done = [&](const char* which, std::int64_t value, const char* sentence) {
        Measurement metric = count(which, static_cast<std::uint64_t>(value), sentence);
        metric.direction = Direction::higher;
        return metric;
    };
    std::vector<Measurement> metrics{
        done("allocations", allocated_, "blocks allocated"),
        done("frees", freed_, "blocks freed"),
        count("failed", static_cast<std::uint64_t>(failed_), "allocations for which none was left"),
        count("refills", pages.refills, "refills of pcplists, by anybody"),
        count("spills", pages.spills, "spills of pcplists, by anybody"),
        count("past-lists", pages.buddy_allocs + pages.buddy_frees,
              "blocks from or to the buddy lists past the pcplists, by anybody"),
    };
    if (params_.think == Think::none) return metrics;
    append(metrics, {microseconds("recorded/elapsed", ended_ - started_,
                                  "until the last CPU has done its part"),
                     microseconds("recorded/in-allocator", in_allocator_,
                                  "time in allocations and frees, all CPUs together")});
    return metrics;
}

const Register<Workload, Recorded> registered{
    "recorded", "the allocations and frees of a recorded kernel, each on a CPU for its own"};

}  // namespace
}  // namespace pcpsim
