#include "analysis/runner.hpp"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace pcpsim {

std::size_t run_jobs(std::size_t count, unsigned threads,
                     const std::function<void(std::size_t)>& job, const std::atomic<bool>* stop) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::vector<std::exception_ptr> errors(count);
    const auto work = [&] {
        while (!failed && !(stop != nullptr && *stop)) {
            const std::size_t mine = next++;
            if (mine >= count) return;
            try {
                job(mine);
            } catch (...) {
                errors[mine] = std::current_exception();
                failed = true;
            }
        }
    };
    {
        std::vector<std::jthread> others;
        for (std::size_t thread = 1; thread < std::min<std::size_t>(threads, count); ++thread)
            others.emplace_back(work);
        work();
    }
    for (const std::exception_ptr& error : errors)
        if (error) std::rethrow_exception(error);
    return std::min(next.load(), count);
}

}  // namespace pcpsim
