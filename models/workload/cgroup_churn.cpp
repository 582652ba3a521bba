// cgroup-churn: memory cgroups come, most of them go again, and percpu memory stays or does not.
//
//   task   | mkdir outer, mkdir inner x 10 | ... next outer | barrier | rmdir inner | ... | barrier
//   | marks  start                                          created removed then   | waits | mark
//   after each wait
//
// An outer cgroup stays, so its percpu areas pin pages of chunks that its inner ones filled. What a
// removed one has is freed by and by, see DyingCgroup. The first chunk is nearly full, as at boot.
// What else a cgroup is made of is not modelled but for the time of the calls, nor is cgroup_mutex.
// Script: [PATCH v1 0/5] percpu: partial chunk depopulation, cover letter, April 2021.
#include <algorithm>
#include <array>
#include <deque>
#include <span>

#include "models/config/values.hpp"
#include "models/kernel/dying_cgroup.hpp"
#include "models/workload/latency_metrics.hpp"
#include "models/workload/percpu_metrics.hpp"
#include "models/workload/workload.hpp"

namespace pcpsim {
namespace {

/// What one mkdir allocates, in order, as recorded on kernels of Debian.
enum class CgroupAreas { recorded_5_10, recorded_6_1 };
constexpr auto enum_names(CgroupAreas) { return std::array{"5.10", "6.1"}; }

constexpr PercpuRequest area(std::int64_t size, std::int64_t align = 8) {
    return PercpuRequest{.size = Bytes{size}, .align = Bytes{align}};
}
constexpr std::array areas_5_10{area(8),    area(64),  area(128, 64), area(8),    area(1112),
                                area(1112), area(296), area(296),     area(4, 4), area(8),
                                area(8),    area(32),  area(8)};
constexpr std::array areas_6_1{area(8),    area(64), area(128, 64), area(8),  area(1096), area(688),
                               area(4, 4), area(8),  area(8),       area(32), area(8)};

/// When one of these areas is freed: its number, after how many grace periods, and by whom. In the
/// order of each stage, as recorded on the same kernels.
struct FreedArea {
    std::size_t area;
    int periods;
    enum class By { softirq, work } by;
};
using By = FreedArea::By;
constexpr std::array frees_5_10{
    FreedArea{10, 1, By::softirq}, FreedArea{12, 1, By::softirq}, FreedArea{3, 1, By::softirq},
    FreedArea{0, 1, By::softirq},  FreedArea{9, 2, By::softirq},  FreedArea{8, 2, By::work},
    FreedArea{7, 2, By::work},     FreedArea{6, 2, By::work},     FreedArea{5, 2, By::work},
    FreedArea{4, 2, By::work},     FreedArea{11, 2, By::work},    FreedArea{2, 3, By::work},
    FreedArea{1, 3, By::work}};
constexpr std::array frees_6_1{
    FreedArea{7, 1, By::softirq}, FreedArea{10, 1, By::softirq}, FreedArea{3, 1, By::softirq},
    FreedArea{0, 1, By::softirq}, FreedArea{8, 2, By::softirq},  FreedArea{6, 2, By::work},
    FreedArea{5, 2, By::work},    FreedArea{4, 2, By::work},     FreedArea{9, 2, By::work},
    FreedArea{2, 3, By::work},    FreedArea{1, 3, By::work}};
/// What such a kernel has of the first chunk before, in areas of one size instead of many.
struct RecordedKernel {
    std::span<const PercpuRequest> areas;
    std::span<const FreedArea> frees;
    Bytes boot;
};
constexpr RecordedKernel recorded_5_10{areas_5_10, frees_5_10, Bytes{25'448}};
constexpr RecordedKernel recorded_6_1{areas_6_1, frees_6_1, Bytes{27'368}};
constexpr PercpuRequest area_of_boot = area(32);
static_assert(frees_5_10.size() == areas_5_10.size() && frees_6_1.size() == areas_6_1.size());

class CgroupChurn final : public Workload {
public:
    struct Params {
        std::int64_t outer = 1000;
        std::int64_t inner = 10;
        std::int64_t tasks = 1;
        CgroupAreas areas = CgroupAreas::recorded_6_1;
        Duration mkdir_time = 100_us;
        Duration rmdir_time = 100_us;
        std::vector<Duration> marks{10_s};
        static constexpr auto fields() {
            return std::tuple{
                field("outer", &Params::outer, "cgroups that stay").within(1, 1'000'000),
                field("inner", &Params::inner, "cgroups in each of them that are removed")
                    .within(0, 1'000'000),
                field("tasks", &Params::tasks, "tasks that share the outer cgroups, in turn")
                    .within(1, 10'000),
                field("areas", &Params::areas, "percpu areas of a cgroup, and those of boot")
                    .source("mkdir recorded on Debian's Linux 5.10 and 6.1 for x86-64"),
                field("mkdir_time", &Params::mkdir_time, "of a mkdir, without percpu memory")
                    .within(1_ns, 1000_s)
                    .source("assumed"),
                field("rmdir_time", &Params::rmdir_time, "of an rmdir, without percpu memory")
                    .within(1_ns, 1000_s)
                    .source("assumed"),
                field("marks", &Params::marks, "times after the removal at which memory is read")
                    .within(1_ns, 100'000_s),
            };
        }
    };
    CgroupChurn(Kernel& kernel, Params params) : kernel_{kernel}, params_{std::move(params)} {
        std::sort(params_.marks.begin(), params_.marks.end());
        for (const Duration after : params_.marks)
            marks_.push_back({"after-" + Scalar<Duration>::text(after), {}});
    }

    void start(const Placement& where) override {
        boot();
        marks_[0].seen = take_snapshot(kernel_.percpu.allocator());
        const auto tasks = static_cast<std::size_t>(params_.tasks);
        std::size_t number = 0;
        for (const CpuId cpu : where.in_turn(tasks)) {
            Thread& thread = create_thread(kernel_, "cgroup/" + std::to_string(number), cpu, where);
            thread.start(run(thread, static_cast<std::int64_t>(number++)));
        }
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        std::vector<Measurement> metrics = latency_metrics("cgroup-churn/mkdir", "mkdir", mkdirs_);
        append(metrics, percpu_latency_metrics("cgroup-churn", kernel_.percpu));
        append(metrics, percpu_metrics("cgroup-churn", marks_));
        append(metrics, percpu_activity_metrics("cgroup-churn", kernel_.percpu));
        metrics.push_back(counted("cgroup-churn/failures", failures_, "areas not allocated"));
        return metrics;
    }

private:
    /// By the number of the request; nothing of what failed.
    using Cgroup = std::vector<std::optional<PercpuArea>>;

    [[nodiscard]] const RecordedKernel& recorded() const {
        return params_.areas == CgroupAreas::recorded_5_10 ? recorded_5_10 : recorded_6_1;
    }

    /// As far as the first chunk has room.
    void boot() {
        PercpuAllocator& allocator = kernel_.percpu.allocator();
        for (Bytes left = recorded().boot; left >= area_of_boot.size; left -= area_of_boot.size)
            if (!allocator.allocate(area_of_boot)) return;
    }

    Task<> run(Context& self, std::int64_t number) {
        std::vector<Cgroup> inner;
        for (std::int64_t o = number; o < params_.outer && !self.stop_requested();
             o += params_.tasks) {
            co_await mkdir(self);  // stays to the end
            for (std::int64_t i = 0; i < params_.inner && !self.stop_requested(); ++i) {
                Cgroup made = co_await mkdir(self);
                inner.push_back(std::move(made));
            }
        }
        co_await everybody(self, created_, 1);
        for (const Cgroup& cgroup : inner)
            if (!self.stop_requested()) co_await rmdir(self, cgroup);
        co_await everybody(self, removed_, 2);
        if (number == 0) co_await watch(self);
    }

    /// The last to come takes the snapshot, before anybody goes on.
    Task<> everybody(Context& self, Completion& all_there, std::size_t mark) {
        if (++arrived_ % params_.tasks == 0)
            marks_[mark].seen = take_snapshot(kernel_.percpu.allocator());
        all_there.complete();
        co_await all_there.wait(self);
    }

    /// It wakes up every second, as a script that polls.
    Task<> watch(Context& self) {
        const Time removed = kernel_.engine.now();
        for (std::size_t i = 0; i < params_.marks.size(); ++i) {
            const Time due = removed + params_.marks[i];
            while (kernel_.engine.now() < due && !self.stop_requested())
                co_await self.sleep(std::min(due - kernel_.engine.now(), Duration{1_s}));
            marks_[3 + i].seen = take_snapshot(kernel_.percpu.allocator());
        }
    }

    Task<Cgroup> mkdir(Context& self) {
        const Time began = kernel_.engine.now();
        Cgroup made;
        made.reserve(recorded().areas.size());
        for (const PercpuRequest& request : recorded().areas) {
            const auto got = co_await kernel_.percpu.alloc_percpu(self, request);
            made.push_back(got);
            failures_ += got ? 0 : 1;
        }
        co_await system_call(self, params_.mkdir_time);
        mkdirs_.push_back(kernel_.engine.now() - began);
        co_return made;
    }

    Task<> rmdir(Context& self, const Cgroup& cgroup) {
        co_await system_call(self, params_.rmdir_time);
        DyingCgroup::Stages stages;
        for (const FreedArea& freed : recorded().frees) {
            if (!cgroup[freed.area]) continue;
            DyingCgroup::Stage& stage = stages[static_cast<std::size_t>(freed.periods) - 1];
            (freed.by == By::work ? stage.by_work : stage.by_softirq)
                .push_back(*cgroup[freed.area]);
        }
        dying_.emplace_back(kernel_.percpu, kernel_.rcu, kernel_.cgroup_destroy_wq,
                            std::move(stages));
        co_await dying_.back().kill(self);
    }

    /// It sleeps for locks and returns to user mode, where it can be preempted.
    static Task<> system_call(Context& self, Duration work) {
        const Phase phase{work, Activity::kernel, false, true};
        co_await self.run(Operation{&phase, 1});
    }

    Kernel& kernel_;
    Params params_;
    std::vector<PercpuMark> marks_{{"start", {}}, {"created", {}}, {"removed", {}}};
    std::vector<Duration> mkdirs_;
    std::deque<DyingCgroup> dying_;
    std::uint64_t failures_ = 0;
    std::int64_t arrived_ = 0;
    Completion created_{"all cgroups", params_.tasks}, removed_{"all rmdirs", params_.tasks};
};

const Register<Workload, CgroupChurn> registered{
    "cgroup-churn",
    "creates memory cgroups in cgroups, removes the inner ones, watches percpu memory"};

}  // namespace
}  // namespace pcpsim
