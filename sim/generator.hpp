#pragma once
// Generator<T>: a coroutine that yields values one by one to whoever asks for the next. It may
// yield another generator, which stands for all of that one's values.
#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

namespace pcpsim {

template <class T>
class [[nodiscard]] Generator {
public:
    struct promise_type {
        std::optional<T> value;
        std::unique_ptr<Generator> inner;

        Generator get_return_object() { return Generator{Handle::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(T next) {
            value.emplace(std::move(next));
            return {};
        }
        std::suspend_always yield_value(Generator all) {
            inner = std::make_unique<Generator>(std::move(all));
            return {};
        }
        void return_void() noexcept {}
        void unhandled_exception() { throw; }  // reaches the caller of next()
    };

    /// Yields nothing.
    Generator() = default;
    Generator(Generator&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    Generator& operator=(Generator&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Generator() {
        if (handle_) handle_.destroy();
    }

    /// Runs to the next yield; nothing once the coroutine has returned.
    std::optional<T> next() {
        if (!handle_) return std::nullopt;
        promise_type& promise = handle_.promise();
        for (;;) {
            if (promise.inner) {
                if (std::optional<T> value = promise.inner->next()) return value;
                promise.inner.reset();
            }
            if (handle_.done()) return std::nullopt;
            promise.value.reset();
            handle_.resume();
            if (promise.value) return std::move(promise.value);
        }
    }

private:
    using Handle = std::coroutine_handle<promise_type>;
    explicit Generator(Handle handle) : handle_{handle} {}

    Handle handle_ = nullptr;
};

}  // namespace pcpsim
