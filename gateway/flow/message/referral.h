// The loop of one referral with one performer: a request (ServiceRequest) and one Task. The Task
// itself is a resource version in the store; this is what has to be found fast and moves with it.
// A request that goes to several performers has several. A value, without patient data.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/care/referral/task_state.h"

namespace gateway {

struct Referral {
    std::string id;             // of the ServiceRequest: stable, keyed hash of its identifier
    std::string task;           // of the Task
    std::uint64_t version = 0;  // given by the store, from 1
    std::string placer_token;   // keyed hash of the referrer's number with its assigner
    std::string source;         // partner id of the referrer
    std::string destination;    // partner id of the performer
    std::string message;        // id of the message that opened the loop
    TaskStatus status = TaskStatus::requested;
    std::string business_status;  // code of Task.businessStatus
    Instant opened{};
    Instant changed{};
};

}  // namespace gateway
