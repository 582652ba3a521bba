#pragma once
// A FIFO of waiting processes, all of one type. The nodes live in the awaiters; one that is
// destroyed leaves the queue.
#include "sim/units.hpp"

namespace pcpsim {

struct WaiterLink {
    WaiterLink() : next{this}, previous{this} {}
    WaiterLink(const WaiterLink&) = delete;
    WaiterLink& operator=(const WaiterLink&) = delete;
    ~WaiterLink() { unlink(); }
    void unlink() {
        previous->next = next;
        next->previous = previous;
        next = previous = this;
    }
    WaiterLink* next;
    WaiterLink* previous;
};

template <class P>
struct Waiter : WaiterLink {
    explicit Waiter(P& p) : process{p} {}
    P& process;
    Time since;        ///< when it began to wait
    Time granted_at;   ///< when it was given what it waits for
    Duration handoff;  ///< what it pays before it goes on
};

template <class P>
class Waiters {
public:
    [[nodiscard]] bool empty() const { return ends_.next == &ends_; }
    void push_back(Waiter<P>& waiter) {
        waiter.next = &ends_;
        waiter.previous = ends_.previous;
        ends_.previous->next = &waiter;
        ends_.previous = &waiter;
    }
    /// The longest waiting; not empty.
    Waiter<P>& pop_front() {
        auto& first = static_cast<Waiter<P>&>(*ends_.next);
        first.unlink();
        return first;
    }

private:
    WaiterLink ends_;
};

}  // namespace pcpsim
