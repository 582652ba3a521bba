#pragma once
// Independent jobs on several threads, with an outcome that does not depend on how many.
#include <atomic>
#include <cstddef>
#include <functional>

namespace pcpsim {

/// Calls job(0), job(1), ... job(count - 1), begun in this order on `threads` threads (the caller's
/// is one of them), until `stop` (if any) turns true; returns after the last one begun, with the
/// number of jobs done, which are the first ones. If jobs throw, no further one begins, and the
/// exception of the first in order is thrown: the same one whatever the number of threads.
std::size_t run_jobs(std::size_t count, unsigned threads,
                     const std::function<void(std::size_t)>& job,
                     const std::atomic<bool>* stop = nullptr);

}  // namespace pcpsim
