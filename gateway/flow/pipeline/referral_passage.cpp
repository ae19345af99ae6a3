#include "gateway/flow/pipeline/referral_passage.h"

#include <utility>

#include "gateway/flow/pipeline/message_form.h"
#include "gateway/flow/pipeline/pass_steps.h"
#include "gateway/flow/pipeline/receipt_steps.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

constexpr std::string_view ask_again =
    "this message was received and is still being processed: ask again, by sending it once more";

}  // namespace

ReferralPassage::ReferralPassage(const PipelineParts& parts, Start start, AckDemand demand,
                                 AcknowledgeAt acknowledges_at)
    : Passage(parts, std::move(start)),
      demand_(demand),
      is_acknowledged_(acknowledges_at == AcknowledgeAt::commit) {
    verdict_.key = message().duplicate_key;
}

ReferralPassage::ReferralPassage(const PipelineParts& parts, Start start)
    : Passage(parts, std::move(start)), is_looked_up_(false) {
}

DuplicateVerdict ReferralPassage::verdict() const {
    const std::lock_guard lock(mutex_);
    return verdict_;
}

ReferralInput ReferralPassage::input(Receipt receipt) const {
    return {.snapshot = snapshot(),
            .store = parts().store,
            .clock = parts().clock,
            .message = message(),
            .delivery_ids = delivery_ids(),
            .earlier = verdict(),
            .demand = demand_,
            .is_received = receipt != Receipt::none,
            .is_acknowledged = is_acknowledged_};
}

Passage::Prepared ReferralPassage::prepare(Receipt receipt) {
    if (receipt == Receipt::durable && is_done_elsewhere()) {
        Prepared nothing;
        nothing.work.outcome = "done_elsewhere";
        return nothing;
    }
    if (receipt == Receipt::none) {
        need_control_id(message());
        {
            auto judged = judge_duplicate(snapshot(), parts().store, message());
            const std::lock_guard lock(mutex_);
            verdict_ = std::move(judged);
        }
        if (auto known = prepare_known(input(receipt))) {
            return std::move(*known);
        }
        if (is_acknowledged_) {
            Prepared receipt_first;
            receipt_first.needs_receipt = true;
            return receipt_first;
        }
    }
    const ReferralInput input = this->input(receipt);
    if (const RouteRule* rule = rule_that_passes(input)) {
        return {.work = prepare_pass(input, *rule)};
    }
    if (is_fhir(message())) {
        if (!checked_) {
            checked_ = check_fhir(input);
        }
        return {.work = prepare_fhir(input, *checked_)};
    }
    if (!converted_) {
        converted_ = convert_referral(input);
    }
    return {.work = prepare_referral(input, *converted_)};
}

std::optional<Passage::Prepared> ReferralPassage::prepare_known(const ReferralInput& input) {
    const DuplicateVerdict& earlier = input.earlier;
    if (earlier.answer) {
        Prepared known;
        known.work.reply = earlier.answer->bytes;
        known.work.code = earlier.answer->code;
        known.work.about = earlier.answer->message;
        known.work.outcome = "replayed";
        return known;
    }
    if (earlier.refusal) {
        return Prepared{.work = prepare_refusal(input, *earlier.refusal)};
    }
    return std::nullopt;
}

std::optional<Passage::Prepared> ReferralPassage::prepare_end(const Failure& failure,
                                                              Receipt receipt) {
    const ReferralInput input = this->input(receipt);
    const bool is_promised = is_acknowledged_ || !message().bytes;
    if (receipt != Receipt::none && is_promised) {
        return Prepared{.work = prepare_quarantine(input, failure)};
    }
    return Prepared{.work = prepare_refusal(input, failure)};
}

std::optional<PreparedWork> ReferralPassage::prepare_receipt() {
    return gateway::prepare_receipt(input(Receipt::none));
}

ReplyOrFailure ReferralPassage::receipt_reply(const PreparedWork& receipt) const {
    if (is_acknowledged_) {
        return {
            .reply =
                Reply{.bytes = wanted_reply(receipt), .code = receipt.code, .about = message().id},
            .failure = {}};
    }
    if (!is_wanted(demand_.on_connection(), AckCode::ae)) {
        return {.reply = Reply{.bytes = nullptr, .acceptance = Acceptance::deferred},
                .failure = {}};
    }
    return {.reply = {},
            .failure = Failure(Category::unavailable, std::string{ask_again}),
            .is_deferred = true};
}

std::shared_ptr<const std::string> ReferralPassage::wanted_reply(const PreparedWork& work) const {
    const auto code = parse_ack_code(work.code);
    return code && !is_wanted(demand_.on_connection(), *code) ? nullptr : work.reply;
}

// Another gateway on this store may have finished it, or another try of ours that was in doubt.
bool ReferralPassage::is_done_elsewhere() {
    if (std::exchange(is_looked_up_, false)) {
        return false;
    }
    const auto state = parts().store.message_state(message().id);
    if (state != MessageState::received) {
        return true;
    }
    if (!message().bytes) {
        read_back();
    }
    return false;
}

void ReferralPassage::read_back() {
    is_acknowledged_ = parts().store.answer(message().id).has_value();
    if (const auto stored = parts().store.message(message().id)) {
        set_bytes(stored->bytes);
        if (!is_fhir(message())) {
            demand_ = ack_demand(scan_head(*stored->bytes));
        }
    }
}

}  // namespace gateway
