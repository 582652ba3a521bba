#include "analysis/replay/recording.hpp"

namespace pcpsim {

using namespace trace;

Recording::Recording(const std::string& path, std::size_t cpus, std::optional<PageStructs> structs)
    : file_{path},
      structs_{structs.value_or(PageStructs{})},
      structs_known_{structs.has_value()},
      last_freed_(cpus) {}

bool Recording::next(Record& record) {
    for (std::string_view line; file_.next(line);) {
        const LineRead read = read_line(line, structs_, record);
        switch (read.kind) {
            case LineKind::comment:
                ++account_.comments;
                continue;
            case LineKind::other:
                count_other(read.name);
                continue;
            case LineKind::broken:
                if (account_.broken++ == 0) account_.first_broken = file_.lines();
                continue;
            case LineKind::event:
                break;
        }
        record.line = file_.lines();
        if (const auto* lost = std::get_if<LostEvents>(&record.event)) {
            ++account_.loss_markers;
            account_.lost_events += lost->count;
            return true;
        }
        if (record.actor.cpu.index() >= last_freed_.size()) {
            ++account_.wrong_cpu;
            continue;
        }
        if (record.time < latest_) ++account_.out_of_order;
        latest_ = record.time;
        ++account_.events;
        if (!structs_known_) locate_page_structs(record);
        return true;
    }
    return false;
}

void Recording::count_other(std::string_view name) {
    ++account_.other_events;
    constexpr std::size_t most_kinds = 64;
    if (const auto found = account_.others.find(name); found != account_.others.end())
        ++found->second;
    else if (account_.others.size() < most_kinds)
        account_.others.emplace(name, 1);
}

/// With address space randomisation the page structs begin at a multiple of 1 GiB. A page that is
/// announced as freed and then joins its list shows where.
void Recording::locate_page_structs(Record& record) {
    std::optional<Pfn>& freed = last_freed_[record.actor.cpu.index()];
    if (const auto* free = std::get_if<PageFree>(&record.event)) freed = free->page;
    if (const auto* free = std::get_if<PageFreeBatched>(&record.event)) freed = free->page;
    auto* commit = std::get_if<PcpCommit>(&record.event);
    if (commit == nullptr || commit->page_struct == Address{} || !freed) return;
    const std::uint64_t base =
        commit->page_struct.value - 64 * static_cast<std::uint64_t>(freed->number());
    if (base % (std::uint64_t{1} << 30) != 0) return;
    structs_ = PageStructs{base};
    structs_known_ = true;
    commit->page = freed;
}

LineAccount Recording::account() const {
    LineAccount account = account_;
    account.lines = file_.lines();
    account.broken += file_.left_out();
    account.damage = file_.damage();
    return account;
}

}  // namespace pcpsim
