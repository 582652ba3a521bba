#include "analysis/replay/recorded_requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "models/config/errors.hpp"
#include "models/machine/cpu_set.hpp"
#include "sim/fingerprint.hpp"

namespace pcpsim {
namespace {

class Collector {
public:
    void take(const trace::Record& record) {
        if (const auto* alloc = std::get_if<trace::PageAlloc>(&record.event)) {
            if (!alloc->page || alloc->order > largest_) return;
            living_[alloc->page->number()] = add_block(record, alloc->order, type_of(*alloc));
            add(record, living_[alloc->page->number()], false);
        } else if (const auto* free = std::get_if<trace::PageFree>(&record.event)) {
            if (free->order <= largest_) add(record, give_up(record, *free), true);
        }
    }
    RecordedRequests finish() {
        requests_.fingerprint = fingerprint_.value();
        return std::move(requests_);
    }

private:
    static MigrateType type_of(const trace::PageAlloc& alloc) {
        return alloc.type > pcp_types.back() ? MigrateType::movable : alloc.type;
    }
    std::uint32_t add_block(const trace::Record& record, Order order, MigrateType type,
                            bool earlier = false) {
        requests_.blocks.push_back(RecordedBlock{order, type, record.actor.cpu, earlier});
        return static_cast<std::uint32_t>(requests_.blocks.size() - 1);
    }
    std::uint32_t give_up(const trace::Record& record, const trace::PageFree& free) {
        const auto found = living_.find(free.page.number());
        if (found == living_.end() || requests_.blocks[found->second].order != free.order)
            return add_block(record, free.order, MigrateType::movable, true);
        const std::uint32_t block = found->second;
        living_.erase(found);
        return block;
    }
    void add(const trace::Record& record, std::uint32_t number, bool frees) {
        const CpuId cpu = record.actor.cpu;
        if (cpu.index() >= requests_.cpus.size()) requests_.cpus.resize(cpu.index() + 1);
        if (requests_.allocations + requests_.frees == 0) begun_ = record.time;
        last_.resize(requests_.cpus.size(), begun_);
        Time& last = last_[cpu.index()];
        const Time now = std::max(record.time, last);
        requests_.cpus[cpu.index()].push_back(PageRequest{now - last, number, frees});
        last = now;
        ++(frees ? requests_.frees : requests_.allocations);
        const RecordedBlock& block = requests_.blocks[number];
        fingerprint_.add(Time{} + (now - begun_), frees ? 1 : 0, cpu, number,
                         block.order.index() << 8 | static_cast<std::uint64_t>(block.type));
    }

    const Order largest_ = PageGeometry{}.max_order;
    RecordedRequests requests_;
    std::unordered_map<std::int64_t, std::uint32_t> living_;  ///< by page; never walked
    Time begun_;
    std::vector<Time> last_;  ///< by CPU
    Fingerprint fingerprint_;
};

}  // namespace

RecordedRequests requests_of(RecordStream& stream) {
    Collector collector;
    for (trace::Record record; stream.next(record);) collector.take(record);
    RecordedRequests requests = collector.finish();
    if (requests.allocations + requests.frees == 0)
        throw ScenarioError{stream.name() + ": expected mm_page_alloc or mm_page_free, got none"};
    return requests;
}

RecordedRequests RequestReader::read(const std::string& path) const {
    Recording recording{path, CpuSet::limit, PageStructs{}};
    RecordedRequests requests = requests_of(recording);
    if (const std::string damage = recording.account().damage; !damage.empty())
        throw ScenarioError{path + ": expected a recording, got a damaged file: " + damage};
    return requests;
}

}  // namespace pcpsim
