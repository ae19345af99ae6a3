#include "gateway/flow/audit/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gateway {

namespace {

constexpr std::size_t records_per_page = 1000;

AuditFinding finding(std::uint64_t sequence, AuditFault fault, std::string_view text) {
    return {sequence, fault, fmt::format("audit record {}: {}", sequence, text)};
}

// One walk over the records; checkpoints are met in their order.
class Walk final {
public:
    Walk(const StoreReads& store, const std::function<void(std::uint64_t)>& on_page)
        : store_(store), on_page_(on_page) {}

    AuditVerdict from(AuditVerdict verdict, const std::vector<Checkpoint>& checkpoints) {
        verdict_ = std::move(verdict);
        next_ = checkpoints;
        while (take_page()) {
            if (on_page_) {
                on_page_(verdict_.records);
            }
        }
        if (!verdict_.finding && !next_.empty()) {
            const Checkpoint& missing = next_.back();
            verdict_.finding = finding(
                verdict_.records + 1, AuditFault::cut,
                fmt::format("is missing, and all after it: a checkpoint of {} signed {} records. "
                            "The end was cut off, or an older backup was restored",
                            missing.at, missing.records));
        }
        return std::move(verdict_);
    }

private:
    // Whether there may be more.
    bool take_page() {
        const auto page = store_.audit_after(verdict_.records, records_per_page);
        for (const AuditRecord& record : page) {
            verdict_.finding = check_record(record, verdict_.records, verdict_.last);
            if (!verdict_.finding) {
                verdict_.finding = check_signed(record);
            }
            if (verdict_.finding) {
                return false;
            }
            verdict_.records = record.sequence;
            verdict_.last = record.hash;
        }
        return page.size() == records_per_page;
    }

    std::optional<AuditFinding> check_signed(const AuditRecord& record) {
        while (!next_.empty() && next_.front().records == record.sequence) {
            if (next_.front().last != record.hash) {
                return finding(record.sequence, AuditFault::signed_otherwise,
                               fmt::format("is not the one that a checkpoint of {} signed: it or "
                                           "one before it was written anew",
                                           next_.front().at));
            }
            next_ = next_.subspan(1);
        }
        return std::nullopt;
    }

    const StoreReads& store_;
    const std::function<void(std::uint64_t)>& on_page_;
    AuditVerdict verdict_;
    std::span<const Checkpoint> next_;
};

}  // namespace

std::string_view to_string(AuditFault fault) {
    switch (fault) {
        case AuditFault::gap:
            return "gap";
        case AuditFault::link:
            return "link";
        case AuditFault::content:
            return "content";
        case AuditFault::signed_otherwise:
            return "signed-otherwise";
        case AuditFault::cut:
            return "cut";
    }
    throw std::logic_error("unknown audit fault");
}

std::optional<AuditFinding> check_record(const AuditRecord& record, std::uint64_t sequence,
                                         const Sha256& hash) {
    if (record.sequence != sequence + 1) {
        return finding(sequence + 1, AuditFault::gap,
                       fmt::format("is missing; the next one there is {}", record.sequence));
    }
    if (record.previous != hash) {
        return finding(record.sequence, AuditFault::link,
                       "does not follow the one before it: one of the two was changed or replaced");
    }
    if (chained_hash(record.previous, record) != record.hash) {
        return finding(record.sequence, AuditFault::content,
                       "was changed after it was written: its hash is another");
    }
    return std::nullopt;
}

AuditVerdict verify_audit(const StoreReads& store, const AuditWalk& walk) {
    std::vector<Checkpoint> checkpoints(walk.checkpoints.begin(), walk.checkpoints.end());
    std::ranges::stable_sort(checkpoints, {}, &Checkpoint::records);
    return Walk(store, walk.on_page).from({}, checkpoints);
}

AuditVerdict verify_audit_since(const StoreReads& store, const Checkpoint& since) {
    if (since.records == 0) {
        return verify_audit(store);
    }
    // The record before it is where the walk begins, with the word of that record for its hash.
    const auto first = store.audit_after(since.records - 1, 1);
    AuditVerdict begin;
    begin.records = since.records - 1;
    begin.last = first.empty() ? Sha256{} : first.front().previous;
    return Walk(store, {}).from(begin, {since});
}

}  // namespace gateway
