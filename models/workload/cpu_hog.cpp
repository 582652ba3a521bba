// cpu-hog: threads that compute and sleep by turns, as rt-app describes the load of a phone: what a
// kworker has to wait for.
//
//   thread | compute ........ | sleep .. | compute ..... | sleep ....... | ...
//          |<- up to `work` ->|          |
//
// With the policy `fifo` none but a higher priority displaces it until it sleeps, or is throttled.
// In `kernel` mode none does on a kernel that is not preemptible.
#include <algorithm>

#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

enum class Policy { normal, fifo };
constexpr auto enum_names(Policy) { return std::array{"normal", "fifo"}; }
enum class Mode { user, kernel };
constexpr auto enum_names(Mode) { return std::array{"user", "kernel"}; }

class CpuHog final : public Workload {
public:
    struct Params {
        std::int64_t threads = 0;
        Policy policy = Policy::normal;
        std::int64_t priority = 50;
        Mode mode = Mode::user;
        Duration work = 10_ms;
        Duration pause;
        static constexpr auto fields() {
            return std::tuple{
                field("threads", &Params::threads, "0: one per CPU").within(0, 8192),
                field("policy", &Params::policy, "normal: fair; fifo: SCHED_FIFO"),
                field("priority", &Params::priority, "if fifo").within(1, 99),
                field("mode", &Params::mode, "where it computes"),
                field("work", &Params::work, "longest turn of computing; drawn from 0 on, evenly")
                    .within(1_us, 1000_s),
                field("pause", &Params::pause,
                      "longest sleep between turns, drawn likewise; 0: it never sleeps")
                    .within(0_ns, 1000_s),
            };
        }
    };
    CpuHog(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {}

    [[nodiscard]] bool endless() const override { return true; }

    void start(const Placement& where) override {
        const std::vector<CpuId> cpus = where.in_turn(
            params_.threads == 0 ? where.cpus.size() : static_cast<std::size_t>(params_.threads));
        for (std::size_t i = 0; i < cpus.size(); ++i) {
            Thread& thread = create_thread(kernel_, "cpu-hog/" + std::to_string(i), cpus[i], where);
            if (params_.policy == Policy::fifo) {
                thread.policy = SchedPolicy::fifo;
                thread.rt_priority = static_cast<int>(params_.priority);
            }
            thread.start(run(thread, static_cast<std::uint32_t>(i)));
        }
    }
    [[nodiscard]] std::vector<Measurement> measure() const override {
        return {{"cpu-hog/turns", "count", Direction::higher, "turns of computing that are done",
                 turns_}};
    }

private:
    Task<> run(Context& self, std::uint32_t number) {
        const bool in_kernel = params_.mode == Mode::kernel;
        const auto drawn = [&](Duration longest, Purpose purpose, std::uint64_t turn) {
            return kernel_.draws.up_to(longest, number, purpose, turn);
        };
        for (std::uint64_t turn = 0; !self.stop_requested(); ++turn) {
            const Duration pause = drawn(params_.pause, Purpose{"hog-pause"}, turn);
            if (pause > Duration{}) co_await self.sleep(pause);
            const Duration work = std::max(drawn(params_.work, Purpose{"hog-work"}, turn), 1_ns);
            // From the kernel it returns to user mode, where it gives way at last.
            const Phase user{in_kernel ? 1_ns : work, Activity::user, false, true};
            if (in_kernel) co_await self.run(work);
            co_await self.run(Operation{&user, 1});
            ++turns_;
        }
    }

    Kernel& kernel_;
    Params params_;
    std::int64_t turns_ = 0;
};

const Register<Workload, CpuHog> registered{
    "cpu-hog", "threads compute and sleep by turns, with a scheduling policy of their own"};

}  // namespace
}  // namespace pcpsim
