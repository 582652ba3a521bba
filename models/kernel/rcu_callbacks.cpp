#include "models/kernel/rcu_callbacks.hpp"

namespace pcpsim {

Task<> RcuSoftirq::handle(Context& self) {
    while (!ready_.empty()) {
        RcuCallback& callback = *ready_.front();
        co_await callback.invoke(self);
        ready_.pop_front();
    }
}

}  // namespace pcpsim
