#pragma once
// A few processors with FIFO run queues, and a log of (time, text) to compare with a literal list.
#include <memory>
#include <string>
#include <vector>

#include "sim/engine.hpp"
#include "sim/fifo_run_queue.hpp"
#include "sim/lock.hpp"
#include "sim/task.hpp"

namespace pcpsim {

struct FlatDistance final : LineTransfer {
    explicit FlatDistance(Duration d) : distance{d} {}
    Duration transfer(CpuId from, CpuId to) const override {
        return from == to ? Duration{} : distance;
    }
    Duration distance;
};

struct SmallWorld {
    explicit SmallWorld(int cpus, Duration line = 0_ns) : lines{line} {
        for (int i = 0; i < cpus; ++i)
            processors.push_back(std::make_unique<Processor>(engine, CpuId{i}, run_queue));
    }
    ~SmallWorld() { engine.shut_down(); }

    /// A thread on `cpu` that runs `body(self, arguments...)`.
    template <class Body, class... Arguments>
    Context& thread(int cpu, const std::string& name, Body body, Arguments&&... arguments) {
        return spawn(Context::Role::foreground, cpu, name, body,
                     std::forward<Arguments>(arguments)...);
    }
    template <class Body, class... Arguments>
    Context& spawn(Context::Role role, int cpu, const std::string& name, Body body,
                   Arguments&&... arguments) {
        Context& context = engine.adopt(std::make_unique<Context>(engine, name, Level::task, role));
        context.set_processor(*processors[static_cast<std::size_t>(cpu)]);
        context.start(body(context, std::forward<Arguments>(arguments)...));
        return context;
    }
    Processor& cpu(int number) { return *processors[static_cast<std::size_t>(number)]; }
    void say(const std::string& text) { log.push_back(to_string(engine.now()) + " " + text); }

    Engine engine;
    FifoRunQueue run_queue;
    FlatDistance lines;
    std::vector<std::unique_ptr<Processor>> processors;
    std::vector<std::string> log;
};

using Log = std::vector<std::string>;

}  // namespace pcpsim
