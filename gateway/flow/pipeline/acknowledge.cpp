#include "gateway/flow/pipeline/acknowledge.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/flow/pipeline/application_acknowledgement.h"
#include "gateway/flow/pipeline/fhir_answer.h"
#include "gateway/flow/pipeline/message_form.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/format/fhir/operation_outcome.h"
#include "gateway/format/hl7v2/ack.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

bool has_answer(const ReferralInput& input) {
    return input.is_received && input.is_acknowledged;
}

// `err_3`: table 0357 for issues whose code gives none.
Answer acknowledgement(const ReferralInput& input, AckCode outcome, const Issues& issues,
                       std::string_view err_3) {
    const Message& message = input.message;
    const AckCode code = input.demand.is_accept_first() ? accept_code(outcome) : outcome;
    Answer answer;
    answer.content_type = hl7v2_content_type;
    answer.code = to_string(code);
    answer.bytes = std::make_shared<const std::string>(build_ack(
        scan_head(*message.bytes),
        {.code = code, .control_id = message.id, .now = message.received, .err_3 = err_3}, issues));
    return answer;
}

void store_answer(PreparedWork& work, const ReferralInput& input, Answer answer) {
    answer.message = input.message.id;
    answer.at = input.message.received;
    work.code = answer.code;
    work.reply = answer.bytes;
    work.unit.add(AddAnswer{std::move(answer)});
}

}  // namespace

Message message_in_state(const ReferralInput& input, MessageState state) {
    Message message = input.message;
    message.state = state;
    message.settings_hash = input.snapshot.hash;
    return message;
}

void put_message(UnitOfWork& unit, const ReferralInput& input, Message message, KeyRule key) {
    if (input.is_received) {
        unit.add(SetMessageState{message.id, MessageState::received, message.state, message.reason,
                                 message.settings_hash});
        return;
    }
    message.duplicate_key = key == KeyRule::as_judged ? input.earlier.key : std::string{};
    unit.add(AddMessage{std::move(message),
                        input.earlier.replaces.empty() ? OnDuplicate::fail : OnDuplicate::replace,
                        input.earlier.replaces});
}

void add_acknowledgement(PreparedWork& work, const ReferralInput& input, const Issues& notes) {
    if (has_answer(input)) {
        add_application_acknowledgement(work, input, AckCode::aa, notes);
        return;
    }
    if (is_fhir(input.message)) {
        store_answer(work, input, answer_to_fhir(input, notes));
    } else {
        store_answer(work, input, acknowledgement(input, AckCode::aa, notes, {}));
    }
}

void add_refusal(PreparedWork& work, const ReferralInput& input, const Failure& failure) {
    const CategoryMeaning& meaning = describe(failure.category());
    const AckCode code = meaning.msa_1 == "AR" ? AckCode::ar : AckCode::ae;
    if (has_answer(input)) {
        add_application_acknowledgement(work, input, code, issues_of(failure), meaning.err_3);
    } else if (is_fhir(input.message)) {
        store_answer(work, input, refusal_of_fhir(input, failure));
    } else {
        store_answer(work, input, acknowledgement(input, code, issues_of(failure), meaning.err_3));
    }
}

void add_judgement(UnitOfWork& unit, const ReferralInput& input, const RecordFor& about,
                   std::string_view outcome) {
    if (input.is_received) {
        add_audit(unit, about, AuditAction::process, outcome);
        return;
    }
    add_audit(unit, about, AuditAction::accept, outcome, to_hex(input.message.digest));
    add_arrival(unit, input.message, about.referral,
                outcome == "accepted" ? "accepted" : "received");
}

void flag_reuse(PreparedWork& work, const ReferralInput& input, const RecordFor& about) {
    if (input.earlier.reused.empty() || input.is_received) {
        return;
    }
    const std::string text =
        fmt::format("its {} was used before, for message {} with other content",
                    is_fhir(input.message) ? id_name(input.message) : "control id (MSH-10)",
                    input.earlier.reused);
    add_audit(work.unit, about, AuditAction::accept, "control_id_reused");
    add_trace(work.unit, about, "flagged", text);
    work.concern = Concern{ConcernKind::control_id_reused, input.message.sender.partner,
                           input.message.id, text};
}

void add_arrival(UnitOfWork& unit, const Message& message, std::string_view referral,
                 std::string_view stage) {
    add_trace(unit, {message, referral, message.received}, stage,
              fmt::format("from {} by {}", message.sender.partner, message.channel),
              {{"bytes", static_cast<std::int64_t>(message.bytes->size())}});
}

void add_issues_trace(UnitOfWork& unit, const RecordFor& about, std::string_view stage,
                      const Issues& issues) {
    for (const Issue& issue : issues) {
        add_trace(
            unit, about, stage,
            issue.source.empty() ? issue.text : fmt::format("{}: {}", issue.source, issue.text));
    }
}

}  // namespace gateway
