#include "analysis/replay/recorded_sizes.hpp"

#include <algorithm>
#include <array>

#include "analysis/replay/names.hpp"

namespace pcpsim {

using namespace trace;

RecordedSizes::RecordedSizes(const RecordedKernel& kernel, const KernelRules& rules, Checks& checks)
    : kernel_{kernel},
      rules_{rules},
      checks_{checks},
      layout_{rules, PageGeometry{}},
      states_(kernel.zones.size() * kernel.cpus) {
    for (const RecordedPageset& pageset : kernel.pagesets)
        if (pageset.fields.high == 0 && pageset.fields.batch == 1)
            states_[pageset.zone * kernel.cpus + pageset.cpu.index()].disabled = Disabled::perhaps;
}

void RecordedSizes::set(std::size_t zone, Disabled disabled) {
    for (std::size_t cpu = 0; cpu < kernel_.cpus; ++cpu) {
        State& state = states_[zone * kernel_.cpus + cpu];
        state.disabled = disabled;
        state.batch_in_doubt = true;
    }
}

namespace {

Blocks asked_for(const KernelRules& rules, PcpTuning tuning, Order order) {
    return rules.refill(tuning, Pages{0}, order, {});
}

PcpTuning keeping_nothing() { return PcpTuning{}; }

}  // namespace

std::optional<Blocks> RecordedSizes::refill(const Record& record, const PcpRefill& event,
                                            RecordedPcp& pcp) {
    State& state = of(pcp);
    const std::string list = list_name(event.order, event.type) + ": ";
    if (state.disabled != Disabled::no &&
        event.asked == asked_for(rules_, keeping_nothing(), event.order)) {
        ++disabled_refills_;
        checks_.matched(Check::refill_size);
        return event.asked;
    }
    const bool doubtful =
        !pcp.predicts_refill() || (state.batch_in_doubt && state.disabled != Disabled::certainly);
    const Blocks expected = state.disabled == Disabled::certainly
                                ? asked_for(rules_, keeping_nothing(), event.order)
                                : asked_for(rules_, pcp.model.tuning(), event.order);
    if (state.disabled == Disabled::perhaps) state.disabled = Disabled::no;
    if (event.asked == expected && pcp.predicts_refill()) {
        checks_.matched(Check::refill_size);
        return expected;
    }
    if (doubtful) {
        checks_.unchecked(Check::refill_size, Unchecked::state_not_recorded);
        return std::nullopt;
    }
    checks_.mismatched({Check::refill_size, record.line, record.time,
                        kernel_.place(pcp.cpu(), pcp.zone()), pcp.state(),
                        list + to_string(expected), to_string(event.asked)});
    return expected;
}

/// Whether from this tuning the lists come to what was recorded.
bool RecordedSizes::explains(PcpTuning before, const PcpBulkfree& event, Order order,
                             ZoneFlags flags) const {
    const Pages spill = rules_.spill(before, Pages{event.fields.count}, order, flags);
    const auto is = [](std::int32_t field, std::int64_t value) {
        return field == PcpFields::absent || field == value;
    };
    return spill > Pages{0} && spill == event.asked &&
           is(event.fields.free_factor, before.free_factor) &&
           is(event.fields.free_count, before.free_count.count()) &&
           is(event.fields.high, before.high.count());
}

/// The probe reads the tuning after the rule has changed it, and in which state the zone is nobody
/// has recorded: each tuning that it can have been before, in each state.
bool RecordedSizes::is_due(const PcpBulkfree& event, const PcpTuning& now, Order order) const {
    std::vector<PcpTuning> tunings{now};
    const auto or_else = [&](auto change) {
        for (std::size_t i = tunings.size(); i-- > 0;) {
            tunings.push_back(tunings[i]);
            change(tunings.back());
        }
    };
    or_else([](PcpTuning& before) { --before.free_factor; });
    or_else([&](PcpTuning& before) { before.free_count -= order.pages(); });
    if (rules_.tunes_high() && now.high_min != now.high_max) {
        or_else([](PcpTuning& before) { before.freed_high = !before.freed_high; });
        or_else([](PcpTuning& before) { before.large_cache = !before.large_cache; });
        const auto lowered = tunings;
        for (const Pages by : {std::max(now.free_count, now.batch), rules_.drain_slice(now.batch)})
            for (PcpTuning before : lowered) {
                before.high += by;
                tunings.push_back(before);
            }
        for (PcpTuning raised : lowered) {
            raised.high = event.asked + now.batch;
            tunings.push_back(raised);
        }
    }
    constexpr std::array zones{ZoneFlags{}, ZoneFlags{true, false}, ZoneFlags{false, true}};
    return std::ranges::any_of(tunings, [&](const PcpTuning& before) {
        return before.free_factor >= 0 && before.free_count >= Pages{0} &&
               std::ranges::any_of(
                   zones, [&](ZoneFlags zone) { return explains(before, event, order, zone); });
    });
}

bool RecordedSizes::is_due(const PcpBulkfree& event, const RecordedPcp& pcp) const {
    RecordedPcp read{rules_, pcp.cpu(), pcp.zone()};
    read.adopt(event.fields);
    return is_due(event, read.model.tuning(), order_of(event));
}

/// Of the block whose free causes it.
Order RecordedSizes::order_of(const PcpBulkfree& event) const {
    const bool named = event.list >= 0 && static_cast<std::size_t>(event.list) < layout_.lists();
    return named ? layout_.order(static_cast<std::size_t>(event.list)) : Order{0};
}

bool RecordedSizes::spill(const Record& record, const PcpBulkfree& event, RecordedPcp& pcp) {
    if (event.fields.count == PcpFields::absent || event.fields.high == PcpFields::absent ||
        event.fields.batch == PcpFields::absent) {
        checks_.unchecked(Check::spill_size, Unchecked::state_not_recorded);
        return true;
    }
    State& state = of(pcp);
    if (event.fields.batch > 1) {
        if (state.disabled == Disabled::certainly) {
            checks_.mismatched({Check::spill_size, record.line, record.time,
                                kernel_.place(pcp.cpu(), pcp.zone()), pcp.state(),
                                "a batch of 1, as the list is disabled",
                                std::to_string(event.fields.batch)});
            return false;
        }
        state = State{};
    } else if (event.asked == Pages{1} && state.disabled != Disabled::no) {
        ++disabled_spills_;
    }
    const Order order = order_of(event);
    pcp.adopt(event.fields);
    if (is_due(event, pcp.model.tuning(), order)) {
        checks_.matched(Check::spill_size);
        return true;
    }
    PcpTuning tuning = pcp.model.tuning();
    const Pages expected = rules_.spill(tuning, Pages{event.fields.count}, order, {});
    checks_.mismatched(
        {Check::spill_size, record.line, record.time, kernel_.place(pcp.cpu(), pcp.zone()),
         "count " + std::to_string(event.fields.count) + ", " + pcp.state(),
         expected == Pages{0} ? "no spill" : to_string(expected), to_string(event.asked)});
    return false;
}

}  // namespace pcpsim
