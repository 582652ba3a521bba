// libFuzzer target: any bytes are a recording that can be replayed, under each era in turn.

#include <cstddef>
#include <string_view>

#include "analysis/replay/counterfactual.hpp"
#include "analysis/replay/replay.hpp"
#include "analysis/replay/report.hpp"
#include "analysis/replay/trace_text.hpp"
#include "models/config/errors.hpp"
#include "tests/analysis/replay/small_recording.hpp"

namespace {

using namespace pcpsim;

/// The events among the lines of a text; every CPU but two is beyond the machine.
class Lines final : public RecordStream {
public:
    explicit Lines(std::string_view text) : text_{text} {}
    bool next(trace::Record& record) override {
        while (!text_.empty()) {
            const std::size_t end = std::min(text_.find('\n'), text_.size());
            const LineRead read = reader_.read(text_.substr(0, end), PageStructs{}, record);
            text_.remove_prefix(std::min(end + 1, text_.size()));
            record.line = ++line_;
            if (read.kind == LineKind::event && record.actor.cpu.index() < 2) return true;
        }
        return false;
    }

private:
    std::string_view text_;
    LineReader reader_;
    std::int64_t line_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pcpsim;
    if (size == 0) return 0;
    const auto names = kernel_names();
    const std::string_view era = names[data[0] % names.size()];
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    static const RecordedKernel kernel = test::small_kernel();
    try {
        Lines lines{text};
        ReplayReport report;
        const KernelRules& rules = *find_kernel_rules(era);
        const KernelRules& others =
            *find_kernel_rules(names[data[0] / names.size() % names.size()]);
        Counterfactual other{
            kernel, {&rules, &others, drain_strategy(std::string{others.drain_strategy}), {}}};
        report.result = Replay{kernel, rules, &other}.run(lines);
        static_cast<void>(to_text(report).size() + to_json(report).size());
    } catch (const ScenarioError&) {
        // A pcp pointer of another machine.
    }
    return 0;
}
