#pragma once
// The plainest run queue: threads stay on the processor they were given, first come, first served,
// and nobody is preempted for another thread. For studies of the engine itself.
#include <algorithm>
#include <deque>
#include <map>

#include "sim/processor.hpp"

namespace pcpsim {

class FifoRunQueue final : public RunQueue {
public:
    Context* pick(Processor& processor) override {
        auto& queue = queues_[processor.id()];
        if (queue.empty()) return nullptr;
        Context* const next = queue.front();
        queue.pop_front();
        return next;
    }
    void put_back(Context& thread) override { queues_[thread.processor().id()].push_back(&thread); }
    void wake(Context& thread) override {
        put_back(thread);
        if (thread.processor().idle()) thread.processor().post();
    }
    void departed(Context& thread) override {
        auto& queue = queues_[thread.processor().id()];
        queue.erase(std::remove(queue.begin(), queue.end(), &thread), queue.end());
    }

private:
    std::map<CpuId, std::deque<Context*>> queues_;
};

}  // namespace pcpsim
