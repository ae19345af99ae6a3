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
        "MSH|^~\\&|GPSYS|SURGERY^A1^L|PB|CLINIC^B1^L|{}||REF^I12^REF_I12|{}|P|2.4|||{}|{}\r"
        "RF1||R^Routine^HL70280||||{}^SURGERY|20260114\r"
        "PRD|RP^Referring Provider^HL70286|Quill^Hester^^^Dr||||||G9999981^GMP\r"
        "PRD|RT^Referred to Provider^HL70286|^^^^|||||RX99X^ODS\r"
        "PID|1||{}^^^SURGERY^PI||{}^Idris^^^Mr^^L||{}|M\r"
        "PV1|1|O\r",
        referral.sent, referral.control_id, referral.accept_ack, referral.application_ack,
        referral.number, referral.patient, referral.family, referral.birth_date);
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
          {.path = (folder_.path() / "store.db").string(), .vfs = {}, .keys = keys_of("a")})) {
    restart();
}

PipelineTest::~PipelineTest() {
    free_worker();
    lanes_->stop();
    store_->stop();
}

void PipelineTest::restart() {
    if (lanes_) {
        free_worker();
        lanes_->stop();
    }
    {
        const std::lock_guard lock(mutex_);
        timers_.clear();
    }
    auto lanes = std::make_unique<Lanes>(1, 100);
    auto pipeline = std::make_unique<Pipeline>(parts_on(*lanes), make_snapshot());
    pipeline_.swap(pipeline);
    lanes_.swap(lanes);
}

PipelineParts PipelineTest::parts_on(Lanes& lanes) {
    return {*store_,
            clock_,
            ids_,
            log_,
            lanes,
            disk_,
            [](const std::string&) {},
            [this](const Concern& concern) {
                const std::lock_guard lock(mutex_);
                concerns_.push_back(concern);
            },
            [this](std::chrono::milliseconds delay, std::function<void()> task) {
                const std::lock_guard lock(mutex_);
                timers_.emplace_back(clock_.now() + delay, std::move(task));
            }};
}

void PipelineTest::occupy_worker() {
    go_on_ = std::make_unique<std::promise<void>>();
    std::promise<void> begun;
    lanes_->post("busy", [&begun, go_on = go_on_->get_future().share()](const LaneHold&) {
        begun.set_value();
        go_on.wait();
    });
    begun.get_future().wait();
}

void PipelineTest::free_worker() {
    if (const auto go_on = std::move(go_on_)) {
        go_on->set_value();
    }
}

// A try behind a failed precondition is posted by the store's thread, and so is its commit.
void PipelineTest::settle() {
    for (int i = 0; i < 4; ++i) {
        std::promise<void> done;
        lanes_->post("after", [&](const LaneHold&) { done.set_value(); });
        done.get_future().wait();
        AuditRecord mark = audit_of("settled");
        mark.outcome = "settled";
        outcome_of(*store_, AddAudit{mark});
    }
}

void PipelineTest::pass(std::chrono::milliseconds time) {
    clock_.advance(time);
    std::vector<std::function<void()>> due;
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(timers_, [&](auto& timer) {
            if (timer.first > clock_.now()) {
                return false;
            }
            due.push_back(std::move(timer.second));
            return true;
        });
    }
    for (const auto& task : due) {
        task();
    }
}

std::string PipelineTest::Sent::wait() {
    const ReplyOrFailure answer = future.get();
    if (!answer.reply) {
        return "- " + answer.failure->external();
    }
    return answer.reply->bytes ? *answer.reply->bytes : "none";
}

std::shared_ptr<PipelineTest::Sent> PipelineTest::start(const std::string& bytes) {
    auto sent = std::make_shared<Sent>();
    pipeline_->accept_hl7v2(
        {.sender = {"gp", AuthenticatedBy::client_certificate, "0a"},
         .channel = "mllp",
         .bytes = std::make_shared<const std::string>(bytes)},
        [sent](ReplyOrFailure answer) { sent->promise.set_value(std::move(answer)); });
    return sent;
}

std::shared_ptr<PipelineTest::Sent> PipelineTest::start_fhir(const std::string& bytes,
                                                             const std::string& idempotency) {
    auto sent = std::make_shared<Sent>();
    pipeline_->accept_fhir(
        {.sender = {"gp", AuthenticatedBy::client_certificate, "0a"},
         .channel = "https",
         .bytes = std::make_shared<const std::string>(bytes),
         .idempotency = idempotency},
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
