#pragma once
// A recorded trace as a stream of records, and an honest account of what was left out.
#include <algorithm>
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
    std::int64_t promised = 0;      ///< events, by the header of the recording; 0 if it has none
    std::optional<std::int64_t> first_broken = {};
    std::map<std::string, std::int64_t, std::less<>> others = {};  ///< the first kinds, by name
    std::string damage = {};  ///< why reading stopped before the end, if it did

    /// Events of a CPU were lost between these lines.
    struct Gap {
        std::int64_t from, to;
    };
    std::vector<Gap> gaps = {};  ///< the first ones

    /// Events that the header promises, and the recording does not have.
    [[nodiscard]] std::int64_t missing() const {
        return std::max(promised - events - other_events - wrong_cpu - broken, std::int64_t{0});
    }
    /// What comes last may be missing.
    [[nodiscard]] bool is_cut() const { return missing() > 0 || !damage.empty(); }
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
    void read_header(std::string_view line);
    void lose(const trace::Record& marker, std::int64_t events);
    void locate_page_structs(trace::Record& record);

    TextFile file_;
    LineReader reader_;
    PageStructs structs_;
    bool structs_known_;
    LineAccount account_;
    Time latest_;
    std::vector<std::optional<Pfn>> last_freed_;  ///< by CPU
    std::vector<std::int64_t> last_line_;         ///< by CPU; 0: none yet
};

}  // namespace pcpsim
