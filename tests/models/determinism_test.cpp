// Goal: the same input does the same things, on any compiler, in any build.
// Method: small runs with every mechanism in them, twice in one process, and against fingerprints
// that were written down once. A change of the model changes them: then write down the new ones.
#include <doctest/doctest.h>

#include "tests/support/tiny_run.hpp"

using namespace pcpsim;

namespace {

constexpr const char* pft = R"({"model": "pft", "params": {"clients": [11], "ram_divisor": 20}})";
constexpr const char* forced_drain =
    R"({"model": "forced-drain", "params": {"drains": 6, "period": "300us", "loop": "open"}})";

struct Outcome {
    std::uint64_t fingerprint = 0;
    std::vector<std::int64_t> values;
    bool operator==(const Outcome&) const = default;
};

/// Clients fault while another process drains: eight CPUs with two threads a core.
Outcome busy_run(const std::string& strategy, std::uint64_t seed) {
    RegularShape shape = tiny_shape;
    shape.cores_per_node = 2;
    shape.threads_per_core = 2;
    TinyRun run{strategy, tiny_machine(shape), seed};
    const auto clients = choose<Workload>(pft).make(run.kernel);
    const auto drainer = choose<Workload>(forced_drain).make(run.kernel);
    clients->start({run.machine.topology.online()});
    drainer->start({CpuSet{CpuId{3u}}, true});
    run.kernel.engine.run();
    run.check_every_page({clients.get()});
    Outcome outcome;
    outcome.fingerprint = run.kernel.engine.fingerprint().value();
    for (const auto* workload : {clients.get(), drainer.get()})
        for (const Measurement& measurement : workload->measure())
            outcome.values.push_back(measurement.value);
    return outcome;
}

}  // namespace

TEST_SUITE("models/determinism") {
    TEST_CASE("a run repeated in one process is the same run") {
        for (const ModelInfo& info : list_models<DrainStrategy>()) {
            CAPTURE(info.name);
            const std::string entry = R"({"model": ")" + info.name + R"("})";
            const Outcome first = busy_run(entry, 7);
            CHECK(busy_run(entry, 7) == first);
            CHECK(busy_run(entry, 8).fingerprint != first.fingerprint);
        }
    }

    TEST_CASE("every build computes the fingerprints that were written down") {
        CHECK(busy_run(R"({"model": "ipi-all"})", 1).fingerprint == 0xC1B32CA31FB6658CU);
        CHECK(busy_run(R"({"model": "ipi-mask"})", 1).fingerprint == 0x5CF449A8F1E3A3F9U);
        CHECK(busy_run(R"({"model": "workqueue"})", 1).fingerprint == 0xC5ADFC8EA1B690F6U);
        CHECK(busy_run(R"({"model": "rcu-swap"})", 1).fingerprint == 0xC11D5EAD2FD94349U);
        const char* const expedited = R"({"model": "rcu-swap", "params": {"grace": "expedited"}})";
        CHECK(busy_run(expedited, 1).fingerprint == 0x46CF1409BD1AA233U);
        CHECK(busy_run(R"({"model": "remote-spinlock"})", 1).fingerprint == 0xC1A7ED0862D987ECU);
    }
}
