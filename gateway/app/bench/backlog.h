// A backlog made on the spot: messages that were accepted and wait for one destination, or that
// were received and wait for everything, written straight into a store that no gateway has open, in
// the units of work of a real acceptance. Only their number and size are made up.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "gateway/flow/store/store.h"

namespace gateway {

enum class WaitingFor {
    delivery,
    processing,  // as a process leaves them that died behind its receipts
};

struct BacklogPlan {
    std::size_t count = 100'000;
    std::size_t bytes = 6000;  // of each message
    std::size_t patients = 0;  // order keys that the messages share; 0: each has its own
    std::string sender;        // partner id
    std::string destination;   // partner id
    DeliveryKind kind = DeliveryKind::https;
    WaitingFor waiting_for = WaitingFor::delivery;
};

// Blocks until all are durable; a Failure says what the store refused. Message I holds
// `bench_number(I)`.
std::chrono::steady_clock::duration fill_backlog(Store& store, const BacklogPlan& plan);

}  // namespace gateway
