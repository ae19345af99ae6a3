// What is said to the sender of a FHIR message (R4 messaging.html). Pure.
//   taken            200, a message Bundle: MessageHeader.response ok, an OperationOutcome with the
//                    id that the message has here
//   at commit point  202, that OperationOutcome alone
//   refused          the status of the failure, an OperationOutcome with what is wrong
// MessageHeader.response.identifier is the MessageHeader.id of the message that is answered; for a
// partner that is held to BaRS (duplicates.same = "bars") its Bundle.id.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/failure.h"
#include "gateway/flow/pipeline/referral_steps.h"

namespace gateway {

// `notes`: warnings about a message that was taken. The answer's message and time are not set.
Answer answer_to_fhir(const ReferralInput& input, const Issues& notes);

Answer refusal_of_fhir(const ReferralInput& input, const Failure& failure);

// A step of a Task as a message to the referrer, whose own system sent the request as FHIR.
struct TaskNews {
    const Snapshot& snapshot;
    const Partner& referrer;
    std::string_view request;  // the bytes of the message that opened the loop
    const Document& task;
    std::string_view step;  // what makes it another message than the last: the id of the step
    Instant at{};
};

std::string render_task_news(const TaskNews& news);

}  // namespace gateway
