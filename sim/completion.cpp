#include "sim/completion.hpp"

namespace pcpsim {

void Completion::Wait::await_suspend(std::coroutine_handle<> leaf) {
    completion_.waiters_.push_back(waiter_);
    waiter_.process.block(leaf, &completion_);
}

void Completion::complete() {
    if (--left_ != 0) return;
    while (!waiters_.empty()) waiters_.pop_front().process.wake();
}

}  // namespace pcpsim
