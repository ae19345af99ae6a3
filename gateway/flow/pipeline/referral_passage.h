// The passage of a message through the steps of its form: referral_steps.h for HL7 v2, fhir_steps.h
// for FHIR.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "gateway/flow/pipeline/fhir_steps.h"
#include "gateway/flow/pipeline/passage.h"
#include "gateway/flow/pipeline/referral_steps.h"

namespace gateway {

class ReferralPassage final : public Passage {
public:
    // Answered at the commit point where `acknowledges_at` says so.
    ReferralPassage(const PipelineParts& parts, Start start, AckDemand demand,
                    AcknowledgeAt acknowledges_at);

    // Of a message, without its bytes, that a former process left.
    ReferralPassage(const PipelineParts& parts, Start start);

private:
    Prepared prepare(Receipt receipt) override;
    std::optional<Prepared> prepare_end(const Failure& failure, Receipt receipt) override;
    std::optional<PreparedWork> prepare_receipt() override;
    ReplyOrFailure receipt_reply(const PreparedWork& receipt) const override;
    std::shared_ptr<const std::string> wanted_reply(const PreparedWork& work) const override;

    ReferralInput input(Receipt receipt) const;
    DuplicateVerdict verdict() const;
    std::optional<Prepared> prepare_known(const ReferralInput& input);
    bool is_done_elsewhere();
    void read_back();

    AckDemand demand_;
    bool is_acknowledged_ = false;                // with its receipt
    bool is_looked_up_ = true;                    // whether it is still `received`, and its bytes
    std::optional<ConvertedReferral> converted_;  // HL7 v2
    std::optional<CheckedFhir> checked_;
    mutable std::mutex mutex_;  // guards the verdict, which a deadline reads
    DuplicateVerdict verdict_;
};

}  // namespace gateway
