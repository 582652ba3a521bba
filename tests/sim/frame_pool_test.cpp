// Goal: frames are reused and never shared. Method: allocate, write, free, allocate again.
#include "sim/frame_pool.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <set>
#include <vector>

using namespace pcpsim;

TEST_SUITE("sim/frame_pool") {
    TEST_CASE("a freed frame serves the next request of its class, however sizes vary within it") {
        void* const first = FramePool::allocate(113);
        FramePool::deallocate(first, 113);
        CHECK(FramePool::allocate(128) == first);
        FramePool::deallocate(first, 128);
    }
    TEST_CASE("frames in use are distinct and hold what is asked, up to sizes beyond the classes") {
        std::vector<std::pair<void*, std::size_t>> frames;
        std::set<void*> addresses;
        for (std::size_t bytes = 1; bytes < 5000; bytes += 61) {
            void* const frame = FramePool::allocate(bytes);
            std::memset(frame, 0xAB, bytes);
            CHECK(addresses.insert(frame).second);
            frames.emplace_back(frame, bytes);
        }
        for (const auto& [frame, bytes] : frames) FramePool::deallocate(frame, bytes);
    }
}
