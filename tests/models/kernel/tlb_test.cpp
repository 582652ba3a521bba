// Goal: a flush costs its caller and the CPUs that need it what the machine's way of flushing says,
// and nobody else anything. Method: threads of one process and of others on the tiny machine.
#include "models/kernel/tlb.hpp"

#include <doctest/doctest.h>

#include "sim/interruptions.hpp"
#include "tests/support/tiny_kernel.hpp"

using namespace pcpsim;

namespace {

using Tables = Tlb::PageTables;

/// A process with threads that poll, and one that flushes.
struct Flushing : TinyKernel {
    explicit Flushing(TlbFlush how = TlbFlush::interrupts) : TinyKernel{machine_of(how)} {}
    static Machine machine_of(TlbFlush how) {
        Machine machine = tiny_machine();
        machine.tlb_flush = how;
        return machine;
    }
    static Task<> poll(Context& self, Duration work) {
        const Phase user{work, Activity::user, false, true};
        co_await self.run(Operation{&user, 1});
    }
    void poller(int cpu, Mm* of, Duration work = 1_ms) {
        Thread& thread = create(cpu, "poller", Context::Role::foreground);
        thread.mm = of;
        thread.record_interruptions(seen[static_cast<std::size_t>(cpu)]);
        thread.start(poll(thread, work));
    }
    static Task<> flush_later(Context& self, Flushing& t, Pages pages, Tables tables) {
        co_await self.run(100_us);
        const Time before = t.now();
        co_await t.kernel.tlb.flush(self, t.mm, pages, tables);
        t.took = t.now() - before;
    }
    static Task<> flush_kernel_later(Context& self, Flushing& t) {
        co_await self.run(100_us);
        const Time before = t.now();
        co_await t.kernel.tlb.flush_kernel(self);
        t.took = t.now() - before;
    }
    void flusher(int cpu, Pages pages, Tables tables = Tables::kept) {
        Thread& thread = create(cpu, "flusher", Context::Role::foreground);
        thread.mm = &mm;
        thread.start(flush_later(thread, *this, pages, tables));
    }
    [[nodiscard]] std::string interrupted() {
        CpuSet cpus;
        for (int cpu = 0; cpu < 8; ++cpu)
            if (kernel.ipis.sent_to(CpuId{cpu}) > 0) cpus.insert(CpuId{cpu});
        return to_string(cpus);
    }
    [[nodiscard]] std::uint64_t by_flush(int cpu) const {
        return seen[static_cast<std::size_t>(cpu)]
            .by(static_cast<std::size_t>(InterruptionCause::tlb_flush))
            .count;
    }

    Mm mm, other;
    std::vector<Interruptions> seen = std::vector<Interruptions>(8);
    Duration took;
};

}  // namespace

TEST_SUITE("models/kernel/tlb") {
    TEST_CASE("a flush of a process interrupts the CPUs that run its threads, and no others") {
        Flushing t;
        t.poller(1, &t.mm);
        t.poller(3, &t.other);
        t.poller(4, nullptr);
        t.poller(5, &t.mm);
        t.flusher(0, 100_pages);
        t.run();
        CHECK(t.interrupted() == "1,5");
        for (const int cpu : {1, 5}) CHECK(t.by_flush(cpu) == 1);
        for (const int cpu : {3, 4}) CHECK(t.seen[static_cast<std::size_t>(cpu)].all().count == 0);
        const CostTable& costs = t.costs;
        const auto line = [&](int from, int to) {
            return t.machine.interconnect.transfer(CpuId{from}, CpuId{to});
        };
        CHECK(t.took == costs.tlb_flush + line(1, 0) + line(5, 0) + costs.atomic * 2 +
                            costs.ipi_send + costs.ipi_deliver + costs.interrupt + line(0, 5) +
                            costs.tlb_flush + line(5, 0));
    }
    TEST_CASE("pages are dropped one by one up to the ceiling, and all together above") {
        for (const int pages : {1, 33, 34}) {
            Flushing t;
            t.flusher(0, Pages{pages});
            t.run();
            CHECK(t.took == (pages == 34 ? t.costs.tlb_flush : t.costs.tlb_flush_page * pages));
            CHECK(t.interrupted().empty());
        }
    }
    TEST_CASE("a CPU without the process's threads is lazy: only freed page tables concern it") {
        for (const Tables tables : {Tables::kept, Tables::freed}) {
            Flushing t;
            t.poller(2, &t.mm, 10_us);  // gone when the flush comes, and nobody has followed
            t.poller(6, &t.mm, 10_us);
            t.poller(6, &t.other, 10_us);
            t.flusher(0, 100_pages, tables);
            t.run();
            const bool freed = tables == Tables::freed;
            CHECK(t.interrupted() == (freed ? "2" : ""));
            CHECK(to_string(t.mm.cpus) == (freed ? "0" : "0,2"));  // it then has left the process
            CHECK(to_string(t.other.cpus) == "6");
        }
    }
    TEST_CASE("the kernel's addresses are dropped on every CPU") {
        Flushing t;
        for (const int cpu : {1, 5}) t.poller(cpu, &t.other);
        t.thread(0, "flusher", Flushing::flush_kernel_later, t);
        t.run();
        CHECK(t.interrupted() == "1-7");
        for (const int cpu : {1, 5}) CHECK(t.by_flush(cpu) == 1);
        for (const int cpu : {2, 7}) CHECK(t.cpu(cpu).interrupts(Level::hardirq) == 1);
    }
    TEST_CASE("where the hardware broadcasts, a flush is one instruction and nobody notices") {
        for (const bool kernel : {false, true}) {
            Flushing t{TlbFlush::broadcast};
            for (const int cpu : {1, 5}) t.poller(cpu, &t.mm);
            if (kernel)
                t.thread(0, "flusher", Flushing::flush_kernel_later, t);
            else
                t.flusher(0, 100_pages, Tables::freed);
            t.run();
            CHECK(t.took == t.costs.tlb_flush);
            CHECK(t.interrupted().empty());
            for (const int cpu : {1, 5})
                CHECK(t.seen[static_cast<std::size_t>(cpu)].all().count == 0);
        }
    }
}
