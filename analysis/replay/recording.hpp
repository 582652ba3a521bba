#pragma once
// A recorded trace as a stream of records, and an honest account of what was left out.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/replay/text_file.hpp"
#include "analysis/replay/trace_text.hpp"

namespace pcpsim {

/// Where records come from.
class RecordStream {
public:
    virtual ~RecordStream() = default;
    /// Fills in the next record; false at the end.
    virtual bool next(trace::Record& record) = 0;
    /// For messages.
    [[nodiscard]] virtual std::string name() const { return "recording"; }
};

/// What became of the lines of a recording.
struct LineAccount {
    std::int64_t lines = 0;
    std::int64_t events = 0;        ///< handed on
    std::int64_t other_events = 0;  ///< of no use for a replay
    std::int64_t comments = 0;
    std::int64_t broken = 0;  ///< neither event nor comment, too long, or cut at the end
    std::int64_t loss_markers = 0;
    std::int64_t lost_events = 0;   ///< as far as the markers say
    std::int64_t out_of_order = 0;  ///< events earlier than the one before
    std::int64_t wrong_cpu = 0;     ///< left out: of a CPU that the machine does not have
    std::optional<std::int64_t> first_broken = {};
    std::map<std::string, std::int64_t, std::less<>> others = {};  ///< the first kinds, by name
    std::string damage = {};  ///< why reading stopped before the end, if it did
};

class Recording final : public RecordStream {
public:
    /// Throws a ScenarioError. Without `structs` their place is found out, if that can be.
    Recording(const std::string& path, std::size_t cpus, std::optional<PageStructs> structs);

    bool next(trace::Record& record) override;
    [[nodiscard]] std::string name() const override { return file_.path(); }
    [[nodiscard]] LineAccount account() const;

private:
    void count_other(std::string_view name);
    void locate_page_structs(trace::Record& record);

    TextFile file_;
    PageStructs structs_;
    bool structs_known_;
    LineAccount account_;
    Time latest_;
    std::vector<std::optional<Pfn>> last_freed_;  ///< by CPU
};

}  // namespace pcpsim
