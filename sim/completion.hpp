#pragma once
// A Completion counts down to zero; waiters sleep until then. Pending, then complete: it does not
// reopen.
#include <cstdint>
#include <string>

#include "sim/process.hpp"
#include "sim/waiters.hpp"

namespace pcpsim {

class Completion final : public Waitable {
public:
    /// Complete after `count` calls of complete(); 0 is complete from the start.
    explicit Completion(std::string name, std::int64_t count = 1)
        : name_{std::move(name)}, left_{count} {}

    class Wait {
    public:
        Wait(Completion& completion, Process& self) : completion_{completion}, waiter_{self} {}
        bool await_ready() const { return completion_.done(); }
        void await_suspend(std::coroutine_handle<> leaf);
        void await_resume() const {}

    private:
        Completion& completion_;
        Waiter<Process> waiter_;
    };
    [[nodiscard]] Wait wait(Process& self) { return Wait{*this, self}; }
    /// Wakes the waiters in the order they came, if this was the last one missing.
    void complete();
    [[nodiscard]] bool done() const { return left_ <= 0; }
    /// Who will complete it, for the wait-for graph.
    void set_finisher(const Process& process) { finisher_ = &process; }

    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] const Process* holder() const override { return finisher_; }

private:
    std::string name_;
    std::int64_t left_;
    const Process* finisher_ = nullptr;
    Waiters<Process> waiters_;
};

}  // namespace pcpsim
