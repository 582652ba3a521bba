#include "models/workload/latency_metrics.hpp"

#include <algorithm>

namespace pcpsim {

std::vector<Measurement> latency_metrics(const std::string& prefix, const std::string& what,
                                         std::vector<Duration> samples) {
    std::sort(samples.begin(), samples.end());
    Duration sum;
    for (const Duration sample : samples) sum += sample;
    const auto n = static_cast<std::int64_t>(samples.size());
    const auto percentile = [&](std::int64_t p) {
        if (n == 0) return Duration{};
        return samples[static_cast<std::size_t>(std::max<std::int64_t>(n * p / 100 - 1, 0))];
    };
    const auto metric = [&](const char* which, const char* sentence, Duration value) {
        return microseconds(prefix + "-" + which, value, sentence + what);
    };
    return {
        metric("mean", "mean ", n == 0 ? Duration{} : sum / n),
        metric("p50", "median of ", percentile(50)),
        metric("p99", "99th percentile of ", percentile(99)),
        metric("max", "longest ", percentile(100)),
    };
}

}  // namespace pcpsim
