// hackbench (perf bench sched messaging): groups of 20 senders and 20 receivers, each a process;
// each sender writes one message to every receiver of its group in every loop.
//
//   fork      | kernel stack | other pages | ... for every task, then all start
//   sender    | write x 20, a page of socket buffers for every few | ... waits while they are full
//   receiver  | read, the page goes back once its messages are read | ... waits while they are
//   empty
//
// With 400 groups it is what filled the memory of the machines on which drains were counted in
// 2012.
#include <deque>

#include "models/workload/reclaim_metrics.hpp"
#include "models/workload/workload.hpp"
#include "sim/doorbell.hpp"

namespace pcpsim {
namespace {

constexpr std::int64_t senders = 20;
constexpr std::int64_t receivers = 20;
/// Messages in the sockets of a group: net.core.wmem_default for each receiver, 768 bytes a
/// message.
constexpr std::int64_t socket_room = 212'992 / 768 * receivers;
constexpr Order base{0};

class Hackbench final : public Workload {
public:
    struct Params {
        std::int64_t groups = 10;
        std::int64_t loops = 100;
        std::int64_t stack_order = 2;
        std::int64_t task_pages = 24;
        std::int64_t page_cache_permille = 800;
        Bytes text{64_MiB};
        Duration read_time = 200_us;
        Duration fork_time = 50_us;
        Duration message_time = 2_us;
        std::int64_t messages_per_page = 5;
        static constexpr auto fields() {
            return std::tuple{
                field("groups", &Params::groups, "of 40 tasks each").within(1, 10'000),
                field("loops", &Params::loops, "messages from each sender to each receiver")
                    .within(1, 1'000'000),
                field("stack_order", &Params::stack_order, "THREAD_SIZE_ORDER")
                    .within(0, 4)
                    .source("x86-64: 1 up to 3.14, 2 since 3.15"),
                field("task_pages", &Params::task_pages,
                      "pages of a task besides its stack: page tables, task and mm structs, what "
                      "it writes to")
                    .within(0, 10'000)
                    .source("assumed"),
                field("page_cache_permille", &Params::page_cache_permille,
                      "clean page cache at the start, in thousandths of the memory")
                    .within(0, 1000)
                    .source("assumed"),
                field("text", &Params::text,
                      "programs and libraries that the tasks run, which reclaim takes like any "
                      "other page cache and a task reads again when it meets a page that is gone")
                    .within(Bytes{0}, 1024_GiB)
                    .source("assumed"),
                field("read_time", &Params::read_time, "a page from a virtual disk")
                    .within(1_ns, 1_s)
                    .source("assumed"),
                field("fork_time", &Params::fork_time,
                      "the parent's work for a task, but for pages")
                    .within(1_ns, 1_s)
                    .source("assumed"),
                field("message_time", &Params::message_time, "one write or read of 100 bytes")
                    .within(1_ns, 1_s)
                    .source("assumed"),
                field("messages_per_page", &Params::messages_per_page,
                      "whose socket buffers share a page")
                    .within(1, 1000)
                    .source("truesize of 768 bytes for a message of 100, in slabs of a page"),
            };
        }
    };
    Hackbench(Kernel& kernel, Params params) : kernel_{kernel}, params_{params} {}

    void start(const Placement& where) override {
        kernel_.reclaim.fill_page_cache(params_.page_cache_permille);
        const std::vector<CpuId> cpus =
            where.in_turn(static_cast<std::size_t>(params_.groups * (senders + receivers)));
        for (std::size_t i = 0; i < cpus.size(); ++i) {
            if (i % (senders + receivers) == 0) groups_.emplace_back();
            const std::string name = "hackbench/" + std::to_string(i);
            members_.emplace_back(create_thread(kernel_, name, cpus[i], where), groups_.back(), i);
            kernel_.reclaim.oom().add(members_.back());
        }
        Thread& parent = create_thread(kernel_, "hackbench", cpus.front(), where);
        parent.start(fork_all(parent));
    }

    [[nodiscard]] std::vector<Measurement> measure() const override {
        const Duration elapsed = started_ == Time{} ? Duration{} : ended_ - started_;
        std::vector<Measurement> metrics{{"hackbench/elapsed", "s", Direction::lower,
                                          "from the start signal to the last task's end",
                                          elapsed.count()}};
        metrics.push_back(
            counted("hackbench/refaults", reads_, "pages of text that were read again"));
        append(metrics, reclaim_metrics("hackbench", kernel_));
        return metrics;
    }
    void count_pages(Census& census) const override {
        for (const Member& member : members_) {
            for (const PageRun& run : member.stack) census.count(run, stack_order());
            for (const PageRuns& pages : member.others)
                for (const PageRun& run : pages) census.count(run, base);
        }
        for (const Group& group : groups_)
            for (const PageRun& run : group.buffers) census.count(run, base);
    }

private:
    /// The sockets of a group, taken together.
    struct Group {
        std::int64_t members = senders + receivers;  ///< that have not ended
        bool is_broken = false;                      ///< one was killed: a closed socket for others
        PageRuns buffers;
        std::int64_t written = 0, read = 0;      ///< messages
        std::deque<Doorbell*> writers, readers;  ///< those that wait
    };
    struct Member final : OomCandidate {
        Member(Thread& t, Group& g, std::size_t n)
            : owner{t}, group{g}, number{n}, wakeup{t.name()} {}
        Thread& thread() override { return owner; }
        [[nodiscard]] Pages pages() const override { return is_forked ? resident : Pages{}; }
        void kill() override {
            owner.request_stop();
            wakeup.ring();
        }
        Thread& owner;
        Group& group;
        std::size_t number;
        std::uint64_t rounds = 0;  ///< of messages, in which it may have met text that is gone
        Doorbell wakeup;
        PageRuns stack;
        std::array<PageRuns, 2> others;  ///< unmovable, movable
        Pages resident;
        bool is_forked = false;
    };

    [[nodiscard]] Order stack_order() const { return Order{static_cast<int>(params_.stack_order)}; }
    static MigrateType type_of(std::size_t index) {
        return index == 0 ? MigrateType::unmovable : MigrateType::movable;
    }

    Task<> fork_all(Context& self) {
        for (std::size_t i = 0; i < members_.size(); ++i) {
            Member& child = members_[i];
            co_await self.run(params_.fork_time);
            co_await get(self, child.stack, stack_order(), MigrateType::unmovable);
            for (std::int64_t page = 0; page < params_.task_pages; ++page) {
                const std::size_t kind = static_cast<std::size_t>(page) % child.others.size();
                co_await get(self, child.others[kind], base, type_of(kind));
            }
            child.resident = Pages{params_.task_pages} + stack_order().pages();
            child.is_forked = true;
            const bool is_sender = i % (senders + receivers) < senders;
            child.owner.start(is_sender ? send(child.owner, child) : receive(child.owner, child));
        }
        started_ = kernel_.engine.now();
        for (Member& member : members_) member.wakeup.ring();
    }

    /// One block more, unless the task is to end.
    Task<> get(Context& self, PageRuns& list, Order order, MigrateType type) {
        if (self.stop_requested()) co_return;
        const NodeId node = kernel_.machine.topology.node_of(self.processor().id());
        const std::optional<Pfn> block =
            co_await kernel_.pages.alloc_pages(self, node, order, type);
        if (block) list.push_tail(*block);
    }

    Task<> send(Context& self, Member& member) {
        Group& group = member.group;
        co_await run_text(self, member);
        if (!group.is_broken) co_await member.wakeup.wait(self);
        for (std::int64_t loop = 0; loop < params_.loops && !ends(member); ++loop) {
            while (group.written - group.read > socket_room - receivers && !ends(member))
                co_await wait_in(self, group.writers, member);
            co_await run_text(self, member);
            for (std::int64_t i = 0; i < receivers; ++i) {
                if (group.written++ % params_.messages_per_page == 0)
                    co_await get(self, group.buffers, base, MigrateType::unmovable);
                co_await self.run(params_.message_time);
                wake_one(group.readers);
            }
        }
        co_await exit(self, member);
    }

    Task<> receive(Context& self, Member& member) {
        Group& group = member.group;
        co_await run_text(self, member);
        if (!group.is_broken) co_await member.wakeup.wait(self);
        for (std::int64_t i = 0; i < params_.loops * senders; ++i) {
            while (group.written == group.read && !ends(member))
                co_await wait_in(self, group.readers, member);
            if (ends(member)) break;
            if (i % receivers == 0) co_await run_text(self, member);
            const bool page_is_read = ++group.read % params_.messages_per_page == 0;
            co_await self.run(params_.message_time);
            if (page_is_read && !group.buffers.empty())
                co_await kernel_.pages.free_pages(self, group.buffers.pop_head(), base,
                                                  MigrateType::unmovable);
            if (i % receivers == 0) wake_one(group.writers);
        }
        co_await exit(self, member);
    }

    /// Meets one page of the text; the fewer of them are in the page cache, the likelier it is
    /// gone.
    Task<> run_text(Context& self, Member& member) {
        Pages cached;
        for (const MemoryNode& node : kernel_.machine.topology.nodes())
            cached += kernel_.reclaim.page_cache(node.node);
        const Pages text{params_.text / kernel_.memory.spec().geometry.page_size};
        if (cached >= text || self.stop_requested()) co_return;
        const auto number = static_cast<std::uint32_t>(member.number);
        const Pages met{
            kernel_.draws.below(text.count(), number, Purpose{"hackbench text"}, member.rounds++)};
        if (met < cached) co_return;
        ++reads_;
        PagesInHand page{kernel_.pages.in_hand(), base};
        co_await get(self, page.pages, base, MigrateType::movable);
        co_await self.sleep(params_.read_time);
        if (!page.pages.empty()) kernel_.reclaim.add_to_lru(page.pages.pop_head());
    }

    static Task<> wait_in(Context& self, std::deque<Doorbell*>& queue, Member& member) {
        queue.push_back(&member.wakeup);
        co_await member.wakeup.wait(self);
    }
    static void wake_one(std::deque<Doorbell*>& queue) {
        if (queue.empty()) return;
        queue.front()->ring();
        queue.pop_front();
    }

    static bool ends(const Member& member) {
        return member.owner.stop_requested() || member.group.is_broken;
    }

    /// Frees everything; who waits looks again, lest it waits for one that was stopped.
    Task<> exit(Context& self, Member& member) {
        Group& group = member.group;
        for (std::size_t kind = 0; kind < member.others.size(); ++kind)
            while (!member.others[kind].empty())
                co_await kernel_.pages.free_pages(self, member.others[kind].pop_head(), base,
                                                  type_of(kind));
        while (!member.stack.empty())
            co_await kernel_.pages.free_pages(self, member.stack.pop_head(), stack_order(),
                                              MigrateType::unmovable);
        member.resident = Pages{};
        group.is_broken = group.is_broken || self.stop_requested();
        if (--group.members == 0)
            while (!group.buffers.empty())
                co_await kernel_.pages.free_pages(self, group.buffers.pop_head(), base,
                                                  MigrateType::unmovable);
        while (!group.readers.empty()) wake_one(group.readers);
        while (!group.writers.empty()) wake_one(group.writers);
        ended_ = kernel_.engine.now();
    }

    Kernel& kernel_;
    Params params_;
    std::deque<Group> groups_;
    std::deque<Member> members_;
    Time started_{}, ended_{};
    std::uint64_t reads_ = 0;
};

const Register<Workload, Hackbench> registered{
    "hackbench", "groups of tasks that fill memory with themselves and pass messages"};

}  // namespace
}  // namespace pcpsim
