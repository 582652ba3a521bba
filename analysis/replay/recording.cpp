#include "analysis/replay/recording.hpp"

#include <charconv>

namespace pcpsim {

using namespace trace;

Recording::Recording(const std::string& path, std::size_t cpus, std::optional<PageStructs> structs)
    : file_{path},
      structs_{structs.value_or(PageStructs{})},
      structs_known_{structs.has_value()},
      last_freed_(cpus),
      last_line_(cpus) {}

bool Recording::next(Record& record) {
    for (std::string_view line; file_.next(line);) {
        const LineRead read = reader_.read(line, structs_, record);
        switch (read.kind) {
            case LineKind::comment:
                ++account_.comments;
                read_header(line);
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
            lose(record, lost->count);
            return true;
        }
        if (record.actor.cpu.index() >= last_freed_.size()) {
            ++account_.wrong_cpu;
            continue;
        }
        last_line_[record.actor.cpu.index()] = record.line;
        if (record.time < latest_) ++account_.out_of_order;
        latest_ = record.time;
        ++account_.events;
        if (!structs_known_ && !std::holds_alternative<PercpuEvent>(record.event))
            locate_page_structs(record);
        return true;
    }
    return false;
}

/// "# entries-in-buffer/entries-written: 71870/71870   #P:4"
void Recording::read_header(std::string_view line) {
    constexpr std::string_view title = "# entries-in-buffer/entries-written: ";
    if (!line.starts_with(title)) return;
    line.remove_prefix(title.size());
    std::from_chars(line.data(), line.data() + line.size(), account_.promised);
}

/// Behind the last event of its CPU, or from the beginning.
void Recording::lose(const Record& marker, std::int64_t events) {
    ++account_.loss_markers;
    account_.lost_events += events;
    const std::size_t cpu = marker.actor.cpu.index();
    constexpr std::size_t most = 1 << 16;
    if (account_.gaps.size() < most)
        account_.gaps.push_back({cpu < last_line_.size() ? last_line_[cpu] : 0, marker.line});
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
