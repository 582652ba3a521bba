#pragma once
// Coroutine frames come from size-class free lists, one set per operating-system thread. Which
// memory a frame gets cannot influence a result.
#include <cstddef>

namespace pcpsim {

class FramePool {
public:
    static void* allocate(std::size_t bytes);
    static void deallocate(void* frame, std::size_t bytes) noexcept;
};

}  // namespace pcpsim
