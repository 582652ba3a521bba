#include "sim/frame_pool.hpp"

#include <array>
#include <new>

namespace pcpsim {
namespace {

constexpr std::size_t granule = 16;
constexpr std::size_t classes = 128;  // frames over 2 KiB go to operator new

struct FreeFrame {
    FreeFrame* next;
};

struct FreeLists {
    std::array<FreeFrame*, classes> heads{};
    ~FreeLists() {
        for (FreeFrame* frame : heads)
            while (frame != nullptr) {
                FreeFrame* const next = frame->next;
                ::operator delete(frame);
                frame = next;
            }
    }
};
thread_local FreeLists free_lists;

}  // namespace

void* FramePool::allocate(std::size_t bytes) {
    const std::size_t size_class = (bytes - 1) / granule;
    if (size_class >= classes) return ::operator new(bytes);
    if (FreeFrame* const frame = free_lists.heads[size_class]) {
        free_lists.heads[size_class] = frame->next;
        return frame;
    }
    return ::operator new((size_class + 1) * granule);
}

void FramePool::deallocate(void* memory, std::size_t bytes) noexcept {
    const std::size_t size_class = (bytes - 1) / granule;
    if (size_class >= classes) return ::operator delete(memory);
    free_lists.heads[size_class] = new (memory) FreeFrame{free_lists.heads[size_class]};
}

}  // namespace pcpsim
