// Which of the gateways on a shared store tells of what is wrong in it, such as a quarantine: one
// at a time, by a duty in the store, whose note holds the open incidents and what was told of them.
// When its gateway dies another has the duty after a while and goes on where that one was: one
// opening and one close an incident. On the reactor's thread; it waits for nobody.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/flow/alarm/incident.h"
#include "gateway/flow/store/store.h"
#include "gateway/net/reactor.h"

namespace gateway {

// What all gateways on one store see alike; the rest each sees for itself.
bool is_common(AlarmClass kind);

class CommonDuty final : public std::enable_shared_from_this<CommonDuty> {
public:
    struct Parts {
        Reactor& reactor;
        Store& store;
        const Clock& clock;
        Log& log;
        std::function<bool(std::function<void()>)> on_worker;  // see Alarms::Parts
        std::string holder;                                    // this gateway, see Presence
    };

    static constexpr std::chrono::seconds lasts{10};
    static constexpr std::chrono::seconds between_claims{2};

    explicit CommonDuty(Parts parts) : parts_(std::move(parts)) {}

    // About once a second: goes on with the duty, with `mine` as its note, or asks for it.
    void look(const std::vector<Incident>& mine);

    // Once after the duty was had: the incidents of whoever had it before.
    std::optional<std::vector<Incident>> take_over();

    // Whether this gateway is to tell now. From `take_over` on, until it could not say for a while
    // that it is there.
    bool is_ours() const;

    // Whether the next one would know of it: it is told of only then.
    bool is_noted(const std::string& incident) const;

    // Another may have it at once.
    void leave(const std::vector<Incident>& mine);

private:
    void claim(std::optional<std::vector<Incident>> mine, Instant until);
    void on_claimed(const std::optional<std::vector<Incident>>& mine, Instant until,
                    const Outcome& outcome);
    void read_note();
    void on_note(std::optional<std::vector<Incident>> incidents);

    Parts parts_;
    std::optional<Instant> claimed_;  // when it was last asked for
    Instant until_{};                 // it is ours, or will be once the note was read
    bool is_under_way_ = false;
    bool has_note_ = false;
    std::optional<std::vector<Incident>> taken_over_;
    std::vector<Incident> noted_;
};

}  // namespace gateway
