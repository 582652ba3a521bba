#pragma once
// A Doorbell lets one process sleep until something happens. A ring while nobody waits is
// remembered.
#include <optional>
#include <string>

#include "sim/process.hpp"

namespace pcpsim {

class Doorbell final : public Waitable {
public:
    explicit Doorbell(std::string name) : name_{std::move(name)} {}

    class Wait {
    public:
        Wait(Doorbell& bell, Process& self, std::optional<Duration> timeout)
            : bell_{bell}, self_{self}, timeout_{timeout} {}
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;
        ~Wait() { bell_.waiting_ = nullptr; }
        bool await_ready() const { return bell_.rung_; }
        void await_suspend(std::coroutine_handle<> leaf);
        void await_resume() { bell_.rung_ = false; }

    private:
        Doorbell& bell_;
        Process& self_;
        std::optional<Duration> timeout_;
    };
    /// Sleeps until the next ring, or not at all if it has rung since the last wait.
    [[nodiscard]] Wait wait(Process& self) { return Wait{*this, self, std::nullopt}; }
    /// The same, for `timeout` at most.
    [[nodiscard]] Wait wait_for(Process& self, Duration timeout) {
        return Wait{*this, self, timeout};
    }
    void ring();

    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] const Process* holder() const override { return nullptr; }

private:
    std::string name_;
    Process* waiting_ = nullptr;
    bool rung_ = false;
};

}  // namespace pcpsim
