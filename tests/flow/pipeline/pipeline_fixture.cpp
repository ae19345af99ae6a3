#include "tests/flow/pipeline/pipeline_fixture.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"

namespace gateway::test {

namespace {

const Engines& engines() {
    static const Engines loaded = [] {
        Engines made = load_definitions();
        Issues issues;
        load_maps(PAINBRIDGE_ROOT "/mappings", made, issues);
        if (issues.has_errors()) {
            throw std::logic_error(issues[0].text);
        }
        return made;
    }();
    return loaded;
}

Settings two_partners() {
    Settings settings;
    Partner& clinic = settings.partners.emplace_back();
    clinic.id = "clinic";
    clinic.name = "Clinic";
    clinic.role = PartnerRole::clinic;
    clinic.deliver.enabled = true;
    clinic.deliver.url = "https://clinic.example/fhir";
    Partner& gp = settings.partners.emplace_back();
    gp.id = "gp";
    gp.name = "Surgery";
    gp.inbound = {Channel::mllp};
    RouteRule& route = gp.routes.emplace_back();
    route.to = {"clinic"};
    route.reason = "the only clinic";
    return settings;
}

// Stands for the file hash that a loaded configuration has.
std::string hash_of(const Partner& gp) {
    std::string text = fmt::format("{} {}", static_cast<int>(gp.duplicates.same),
                                   static_cast<int>(gp.duplicates.changed));
    for (const RouteRule& rule : gp.routes) {
        text += "|" + rule.when;
    }
    return to_hex(sha256(text));
}

}  // namespace

std::string hl7v2(const ReferralText& referral) {
    return fmt::format(
        "MSH|^~\\&|GPSYS|SURGERY^A1^L|PB|CLINIC^B1^L|{}||REF^I12^REF_I12|{}|P|2.4\r"
        "RF1||R^Routine^HL70280||||{}^SURGERY|20260114\r"
        "PRD|RP^Referring Provider^HL70286|Quill^Hester^^^Dr||||||G9999981^GMP\r"
        "PRD|RT^Referred to Provider^HL70286|^^^^|||||RX99X^ODS\r"
        "PID|1||{}^^^SURGERY^PI||{}^Idris^^^Mr^^L||{}|M\r"
        "PV1|1|O\r",
        referral.sent, referral.control_id, referral.number, referral.patient, referral.family,
        referral.birth_date);
}

std::shared_ptr<const Snapshot> make_snapshot(const ChangeSettings& change) {
    Settings settings = two_partners();
    if (change) {
        change(settings);
    }
    auto snapshot = std::make_shared<Snapshot>();
    const Partner& gp = settings.partners.back();
    snapshot->hash = hash_of(gp);
    snapshot->engines = engines();
    snapshot->id_key = std::string(32, 'k');
    Issues issues;
    std::vector<RouteRuleText> rules;
    for (const RouteRule& rule : gp.routes) {
        rules.push_back({rule.when, rule.to, rule.reason, "gp.toml", {}});
    }
    snapshot->routers.emplace(
        gp.id, Router(rules, snapshot->engines.names, snapshot->engines.schema, issues));
    snapshot->settings = std::make_shared<const Settings>(std::move(settings));
    return snapshot;
}

std::string msa_1(const std::string& acknowledgement) {
    const std::size_t at = acknowledgement.find("\rMSA|");
    return at == std::string::npos ? acknowledgement : acknowledgement.substr(at + 5, 2);
}

PipelineTest::PipelineTest()
    : store_(open_sqlite_store(
          {.path = (folder_.path() / "store.db").string(), .vfs = {}, .keys = keys_of("a")})),
      pipeline_({*store_, clock_, ids_, log_, lanes_, disk_, [](const std::string&) {},
                 [this](const Concern& concern) {
                     const std::lock_guard lock(mutex_);
                     concerns_.push_back(concern);
                 }},
                make_snapshot()) {
}

std::string PipelineTest::Sent::wait() {
    const ReplyOrFailure answer = future.get();
    return answer.reply ? *answer.reply->bytes : "- " + answer.failure->external();
}

std::shared_ptr<PipelineTest::Sent> PipelineTest::start(const std::string& bytes) {
    auto sent = std::make_shared<Sent>();
    pipeline_.accept_hl7v2(
        {.sender = {"gp", AuthenticatedBy::client_certificate, "0a"},
         .channel = "mllp",
         .bytes = std::make_shared<const std::string>(bytes)},
        [sent](ReplyOrFailure answer) { sent->promise.set_value(std::move(answer)); });
    return sent;
}

std::string PipelineTest::send(const std::string& bytes) {
    return start(bytes)->wait();
}

std::vector<Message> PipelineTest::messages(MessageState state) const {
    return store_->messages_in(state, 0, 1000);
}

std::size_t PipelineTest::count(MessageState state) const {
    return messages(state).size();
}

std::size_t PipelineTest::audited(const std::string& outcome) const {
    const auto records = store_->audit_after(0, 1000);
    return static_cast<std::size_t>(std::ranges::count(records, outcome, &AuditRecord::outcome));
}

bool PipelineTest::is_traced(const std::string& message, const std::string& stage) const {
    return std::ranges::count(store_->trace(message), stage, &TraceEvent::stage) > 0;
}

std::size_t PipelineTest::deliveries() const {
    return store_->deliveries_in(DeliveryState::pending, {}, 0, 1000).size();
}

std::vector<Concern> PipelineTest::concerns() const {
    const std::lock_guard lock(mutex_);
    return concerns_;
}

}  // namespace gateway::test
