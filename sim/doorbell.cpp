#include "sim/doorbell.hpp"

#include "sim/check.hpp"

namespace pcpsim {

void Doorbell::Wait::await_suspend(std::coroutine_handle<> leaf) {
    PCPSIM_CHECK(bell_.waiting_ == nullptr, "two processes wait for " + bell_.name_);
    bell_.waiting_ = &self_;
    if (timeout_)
        self_.sleep(*timeout_).await_suspend(leaf);
    else
        self_.block(leaf, &bell_);
}

void Doorbell::ring() {
    rung_ = true;
    if (waiting_ != nullptr) waiting_->wake_early();
}

}  // namespace pcpsim
