#pragma once
// Task<T>: a lazy coroutine awaited by another. Its first argument (after `this`, if a member) is
// the Context or Process that executes it. An error reaches the awaiter; only co_await advances
// time.
//
// A child that finishes without waiting returns to its parent directly; one that waited hands the
// parent to its context, which resumes it from the event loop. So no depth of finished children
// grows the stack, on any compiler and without symmetric transfer.
#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "sim/frame_pool.hpp"
#include "sim/process.hpp"

namespace pcpsim {

class Context;

namespace detail {

class PromiseBase {
public:
    template <class... Rest>
    explicit PromiseBase(Process& self, Rest&&...) : self_{self} {}
    template <class Object, class... Rest>
    requires(!std::same_as<Object, Process> && !std::same_as<Object, Context>)
        PromiseBase(Object&, Process& self, Rest&&...)
        : self_{self} {}

    static void* operator new(std::size_t bytes) { return FramePool::allocate(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept {
        FramePool::deallocate(frame, bytes);
    }

    struct FinalAwaiter {
        PromiseBase& promise;
        bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) noexcept {
            if (promise.awaiter_) promise.self_.continue_with(promise.awaiter_);
        }
        void await_resume() noexcept {}
    };
    std::suspend_always initial_suspend() noexcept { return {}; }
    FinalAwaiter final_suspend() noexcept { return FinalAwaiter{*this}; }
    void unhandled_exception() { error_ = std::current_exception(); }

    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }
    std::coroutine_handle<> awaiter_;  ///< once it waits for this task

private:
    Process& self_;
    std::exception_ptr error_;
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task;

template <class T>
class TaskPromise : public detail::PromiseBase {
public:
    using PromiseBase::PromiseBase;
    Task<T> get_return_object();
    void return_value(T value) { value_.emplace(std::move(value)); }
    T result() {
        rethrow();
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
};

template <>
class TaskPromise<void> : public detail::PromiseBase {
public:
    using PromiseBase::PromiseBase;
    Task<void> get_return_object();
    void return_void() {}
    void result() { rethrow(); }
};

template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = TaskPromise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Task() = default;
    explicit Task(Handle handle) : handle_{handle} {}
    Task(Task&& other) noexcept : handle_{std::exchange(other.handle_, {})} {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiter) {
        handle_.resume();
        if (handle_.done()) return false;
        handle_.promise().awaiter_ = awaiter;
        return true;
    }
    T await_resume() { return handle_.promise().result(); }

    /// Gives the frame to the context that runs it as a root.
    [[nodiscard]] Handle release() { return std::exchange(handle_, {}); }

private:
    Handle handle_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
    return Task<T>{Task<T>::Handle::from_promise(*this)};
}
inline Task<void> TaskPromise<void>::get_return_object() {
    return Task<void>{Task<void>::Handle::from_promise(*this)};
}

}  // namespace pcpsim
