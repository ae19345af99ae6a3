// What an I/O thread hands to the test's thread. Copies share it, so that a late hand-over after
// the end of a test meets no dead object.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace gateway {

template <typename Thing>
class Held final {
public:
    void put(Thing thing) const {
        const std::lock_guard lock(state_->mutex);
        state_->things.push_back(std::move(thing));
        state_->came.notify_one();
    }

    // The oldest; throws where none comes.
    Thing take() const {
        std::unique_lock lock(state_->mutex);
        const bool came = state_->came.wait_for(lock, std::chrono::seconds(5),
                                                [this] { return !state_->things.empty(); });
        if (!came) {
            throw std::runtime_error("nothing came");
        }
        Thing thing = std::move(state_->things.front());
        state_->things.pop_front();
        return thing;
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable came;
        std::deque<Thing> things;
    };

    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace gateway
