// pft, the page fault test of mmtests: clients share out one anonymous mapping, and each writes
// once to every base page of its slice.
//
// Elapsed time is from the first client's start to the last one's end; system time is summed over
// the clients while they touch. The final unmap is not timed and not simulated. Source: mmtests,
// shellpack pft and config-pagealloc-performance (state of 2022): mapping = RAM / 5, at most 128
// clients.
#include <algorithm>
#include <deque>

#include "models/kernel/address_space.hpp"
#include "models/kernel/fork_placement.hpp"
#include "models/workload/client_ladder.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

class Pft final : public Workload {
public:
    struct Params {
        std::vector<std::int64_t> clients;
        std::int64_t ram_divisor = 5;
        std::int64_t scale = 1;
        Duration start_skew = 50_us;
        std::int64_t jitter_permille = 20;
        std::int64_t other_tasks = 1;
        static constexpr auto fields() {
            return std::tuple{
                field("clients", &Params::clients,
                      "client counts, one run each; empty: the mmtests ladder up to 128")
                    .within(1, 8192)
                    .source("threads_large_stride_begin, mmtests 2022"),
                field("ram_divisor", &Params::ram_divisor, "the mapping is memory / this")
                    .within(1, 1'000'000)
                    .source("config-pagealloc-performance, mmtests 2022"),
                field("scale", &Params::scale,
                      "the mapping is cut to this fraction, and times are multiplied back")
                    .within(1, 1'000'000),
                field("start_skew", &Params::start_skew, "clients start within this of each other")
                    .within(0_ns, 1_s)
                    .source("assumed"),
                field("jitter_permille", &Params::jitter_permille,
                      "a fault's own work varies by up to this, drawn once per batch")
                    .within(0, 900)
                    .source("assumed"),
                field("other_tasks", &Params::other_tasks,
                      "up to this many other tasks run near the parent while clients are placed")
                    .within(0, 1000)
                    .source("assumed"),
            };
        }
    };

    static std::vector<Params> points(const Params& params, const Machine& machine) {
        std::vector<std::int64_t> counts = params.clients;
        if (counts.empty())
            counts = client_ladder(
                std::min<std::int64_t>(128, static_cast<std::int64_t>(machine.topology.cpus())));
        std::vector<Params> points;
        for (const std::int64_t count : counts) {
            points.push_back(params);
            points.back().clients = {count};
        }
        return points;
    }

    Pft(Kernel& kernel, Params params) : kernel_{kernel}, params_{params}, mapping_{kernel} {}

    void start(const Placement& where) override {
        const std::int64_t count = params_.clients.front();
        const Pages mapping = kernel_.memory.managed() / (params_.ram_divisor * params_.scale);
        const std::vector<CpuId> placed =
            where.pinned ? where.in_turn(static_cast<std::size_t>(count)) : fork(where.cpus, count);
        for (std::int64_t i = 0; i < count; ++i) {
            Thread& thread = create_thread(kernel_, "pft/" + std::to_string(i),
                                           placed[static_cast<std::size_t>(i)], where);
            mapping_.add(thread);
            Client& client = clients_.emplace_back(Client{.thread = thread});
            const Pages slice = mapping * (i + 1) / count - mapping * i / count;
            thread.start(run_client(thread, client, static_cast<std::uint32_t>(i), slice));
        }
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        Time first_start = Time::max();
        Time last_end;
        Duration system;
        for (const Client& client : clients_) {
            first_start = std::min(first_start, client.started);
            last_end = std::max(last_end, client.ended);
            system += client.system;
        }
        const std::string suffix = "-" + std::to_string(params_.clients.front());
        const Duration elapsed = clients_.empty() ? Duration{} : last_end - first_start;
        return {
            {"pft/system" + suffix, "s", Direction::lower, "CPU time of all clients in the kernel",
             system.count() * params_.scale},
            {"pft/elapsed" + suffix, "s", Direction::lower, "first start to last end",
             elapsed.count() * params_.scale},
        };
    }
    [[nodiscard]] std::string note() const override {
        if (params_.scale == 1) return {};
        return "pft: mapping cut to 1/" + std::to_string(params_.scale) +
               ", times multiplied back by " + std::to_string(params_.scale);
    }
    void count_pages(Census& census) const override { mapping_.count_pages(census); }

private:
    struct Client {
        Context& thread;
        Time started{};
        Time ended{};
        Duration system{};
    };

    /// Where one parent's forks put them.
    std::vector<CpuId> fork(const CpuSet& cpus, std::int64_t count) const {
        std::vector<CpuId> placed;
        const CpuId parent = draw_parent(cpus);
        ForkBalancer balancer{kernel_.machine, kernel_.draws, parent, cpus};
        balancer.add(parent);
        const std::int64_t others =
            kernel_.draws.below(params_.other_tasks + 1, 0, Purpose{"pft other tasks"}, 0);
        for (std::int64_t i = 0; i < others + count; ++i) {
            const CpuId cpu = balancer.choose(static_cast<std::uint64_t>(i));
            balancer.add(cpu);
            if (i >= others) placed.push_back(cpu);
        }
        return placed;
    }

    /// The CPU that draws least: one CPU more gets the parent or leaves it where it was.
    CpuId draw_parent(const CpuSet& cpus) const {
        const auto drawn = [&](CpuId cpu) {
            return kernel_.draws.bits(cpu.number(), Purpose{"pft parent"}, 0);
        };
        return *std::min_element(cpus.begin(), cpus.end(),
                                 [&](CpuId a, CpuId b) { return drawn(a) < drawn(b); });
    }

    Task<> run_client(Context& self, Client& client, std::uint32_t number, Pages slice) {
        const Duration delay =
            kernel_.draws.up_to(params_.start_skew, number, Purpose{"pft start"}, 0);
        co_await self.sleep(delay + Duration{1});
        client.started = kernel_.engine.now();
        const Duration before = system_time(self);
        const AddressSpace::Toucher toucher{number, params_.jitter_permille};
        co_await mapping_.touch(self, slice, toucher);
        client.ended = kernel_.engine.now();
        client.system = system_time(self) - before;
    }

    static Duration system_time(const Context& self) {
        Duration sum;
        for (const Activity activity : {Activity::kernel, Activity::spin, Activity::stall})
            sum += self.spent()[static_cast<std::size_t>(activity)];
        return sum;
    }

    Kernel& kernel_;
    Params params_;
    AddressSpace mapping_;
    std::deque<Client> clients_;
};

const Register<Workload, Pft> registered{
    "pft",
    "mmtests page fault test: clients touch one mapping of memory / 5, a write per base page"};

}  // namespace
}  // namespace pcpsim
