#include "gateway/app/metrics_page.h"

#include <algorithm>
#include <array>
#include <map>

#include "gateway/app/process_figures.h"
#include "gateway/base/exposition.h"

namespace gateway {

namespace {

using Kind = Exposition::Kind;

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

void write_process(Exposition& page) {
    const ProcessFigures figures = process_figures();
    page.family("painbridge_build_info", Kind::gauge, "Which Painbridge runs; always 1.");
    page.sample({{"version", PAINBRIDGE_VERSION}}, 1);
    page.family("process_resident_memory_bytes", Kind::gauge, "Memory in use.");
    page.sample({}, figures.resident_memory_bytes);
    page.family("process_cpu_seconds_total", Kind::counter, "CPU time used, user and system.");
    page.sample({}, seconds(figures.cpu));
    page.family("process_open_fds", Kind::gauge, "Open descriptors.");
    page.sample({}, figures.open_descriptors);
    page.family("process_max_fds", Kind::gauge, "Descriptors that may be open.");
    page.sample({}, figures.descriptors_max);
}

void write_health(Exposition& page, const MetricsParts& parts,
                  const std::vector<ListenerReading>& listeners) {
    page.family("painbridge_ready", Kind::gauge, "1 if /health/ready says 200.");
    page.sample({}, parts.health.faults_of_readiness().empty() ? 1 : 0);
    page.family("painbridge_log_lines_lost_total", Kind::counter,
                "Lines of the log that could not be written.");
    page.sample({}, parts.log.lost());
    page.family("painbridge_connections", Kind::gauge, "Open connections of a listener.");
    for (const ListenerReading& listener : listeners) {
        page.sample({{"listener", listener.name}}, listener.connections);
    }
    page.family("painbridge_work_waiting", Kind::gauge, "Messages that wait for a worker.");
    page.sample({}, parts.lanes.waiting());
    const LeftReading left = parts.pipeline.left();
    page.family("painbridge_resuming", Kind::gauge,
                "1 while messages that were received and not processed are taken up.");
    page.sample({}, left.is_under_way ? 1 : 0);
    page.family("painbridge_resumed_messages_total", Kind::counter,
                "Messages that were received and not processed, taken up since the start.");
    page.sample({}, left.taken_up);
    page.family("painbridge_bodies_bytes", Kind::gauge,
                "Bytes of messages being received or worked on.");
    page.sample({{"where", "memory"}}, parts.room.taken(BodyRoom::Kind::memory));
    page.sample({{"where", "disk"}}, parts.room.taken(BodyRoom::Kind::disk));
}

void write_acceptance(Exposition& page, const Pipeline& pipeline) {
    const auto partners = pipeline.acceptance().reading();
    page.family("painbridge_messages_total", Kind::counter,
                "Messages answered, by who sent them and what became of them.");
    for (const AcceptanceReading& partner : partners) {
        for (std::size_t i = 0; i < acceptances.size(); ++i) {
            page.sample({{"partner", partner.partner}, {"outcome", to_string(acceptances.at(i))}},
                        partner.messages.at(i));
        }
    }
    page.family("painbridge_acceptance_seconds", Kind::histogram,
                "From the whole message to its answer.");
    for (const AcceptanceReading& partner : partners) {
        page.sample({{"partner", partner.partner}}, partner.latency);
    }
}

void write_attempts(Exposition& page, const Outbox& outbox) {
    const auto destinations = outbox.attempts();
    page.family("painbridge_delivery_attempts_total", Kind::counter,
                "Attempts to deliver, by destination and what they came to.");
    for (const auto& [partner, attempts] : destinations) {
        for (std::size_t i = 0; i < attempt_results.size(); ++i) {
            page.sample({{"partner", partner}, {"result", to_string(attempt_results.at(i))}},
                        attempts.attempts.at(i));
        }
    }
    page.family("painbridge_delivery_attempt_seconds", Kind::histogram,
                "From the first byte sent to the destination's answer, or to giving up on it.");
    for (const auto& [partner, attempts] : destinations) {
        page.sample({{"partner", partner}}, attempts.latency);
    }
    page.family("painbridge_breaker_open", Kind::gauge,
                "1 while a destination that does not answer is left in peace, but for probes.");
    for (const auto& [partner, attempts] : destinations) {
        page.sample({{"partner", partner}}, attempts.is_breaker_open ? 1 : 0);
    }
}

struct Waiting {
    std::map<DeliveryState, std::size_t> count;
    std::chrono::nanoseconds oldest{};
};

// A destination with nothing that waits shows zeros: an alarm must be able to end.
std::map<std::string, Waiting> waiting_by_partner(const MetricsParts& parts,
                                                  const BacklogReading& backlog) {
    std::map<std::string, Waiting> partners;
    for (const auto& destination : parts.outbox.attempts()) {
        partners[destination.first];
    }
    for (const DeliveryCount& count : backlog.deliveries) {
        Waiting& waiting = partners[count.destination];
        waiting.count[count.state] = count.count;
        if (count.state == DeliveryState::pending || count.state == DeliveryState::leased) {
            waiting.oldest = std::max<std::chrono::nanoseconds>(waiting.oldest,
                                                                parts.clock.now() - count.oldest);
        }
    }
    return partners;
}

void write_queue(Exposition& page, const MetricsParts& parts) {
    const auto backlog = parts.backlog.latest();
    if (!backlog) {
        return;  // no figure is better than a wrong one
    }
    const auto partners = waiting_by_partner(parts, *backlog);
    page.family("painbridge_queue_deliveries", Kind::gauge,
                "Deliveries that are not done, by destination and state.");
    constexpr std::array shown{DeliveryState::pending, DeliveryState::leased, DeliveryState::held,
                               DeliveryState::quarantined};
    for (const auto& [partner, waiting] : partners) {
        for (const DeliveryState state : shown) {
            const auto count = waiting.count.find(state);
            page.sample({{"partner", partner}, {"state", to_string(state)}},
                        count == waiting.count.end() ? 0 : count->second);
        }
    }
    page.family("painbridge_queue_oldest_age_seconds", Kind::gauge,
                "Age of the oldest delivery that is pending or under way; 0 without one.");
    for (const auto& [partner, waiting] : partners) {
        page.sample({{"partner", partner}}, seconds(waiting.oldest));
    }
    page.family("painbridge_queue_reading_age_seconds", Kind::gauge,
                "How old the figures painbridge_queue_* are.");
    page.sample({}, seconds(parts.clock.steady() - backlog->at));
}

void write_store(Exposition& page, const MetricsParts& parts) {
    const StoreCounters store = parts.store.counters();
    page.family("painbridge_store_units_total", Kind::counter, "Units of work answered.");
    page.sample({}, store.units);
    page.family("painbridge_store_commits_total", Kind::counter,
                "Durable transactions; many units share one.");
    page.sample({}, store.commits);
    page.family("painbridge_store_checkpoints_total", Kind::counter,
                "Checkpoints of the write-ahead log.");
    page.sample({}, store.checkpoints);
    page.family("painbridge_store_waiting", Kind::gauge, "Units of work that wait for a commit.");
    page.sample({}, store.waiting);
    page.family("painbridge_store_keys_rewrapped_total", Kind::counter,
                "Data keys brought under the current master key.");
    page.sample({}, parts.key_rotation.rewrapped());
    page.family("painbridge_store_key_rotation_running", Kind::gauge,
                "1 while data keys are brought under a new master key.");
    page.sample({}, parts.key_rotation.is_running() ? 1 : 0);
    page.family("painbridge_store_messages_destroyed_total", Kind::counter,
                "Messages whose data keys were destroyed by retention.");
    page.sample({}, parts.retention.destroyed());
    page.family("painbridge_store_transaction_seconds", Kind::histogram,
                "A whole transaction: its writes and its commit.");
    page.sample({}, store.transaction);
    page.family("painbridge_store_commit_seconds", Kind::histogram,
                "The commit alone: writing the log and waiting for the disk's fsync.");
    page.sample({}, store.commit);
    const DiskSpace disk = parts.disk.space();
    page.family("painbridge_disk_used_ratio", Kind::gauge,
                "How full the disk under the store is, 0 to 1.");
    page.sample({}, disk.used_ratio());
    page.family("painbridge_disk_free_bytes", Kind::gauge, "What is left on it.");
    page.sample({}, disk.free_bytes);
}

void write_not_after(Exposition& page, std::string_view label, std::string_view of,
                     const std::shared_ptr<const TlsContext>& tls) {
    if (tls && tls->not_after()) {
        page.sample({{label, of}}, std::chrono::duration_cast<std::chrono::seconds>(
                                       tls->not_after()->time_since_epoch())
                                       .count());
    }
}

void write_certificates(Exposition& page, const Credentials& credentials) {
    page.family(
        "painbridge_certificate_not_after_timestamp_seconds", Kind::gauge,
        "When a certificate of this gateway ends, by listener or by the partner or alarm sink "
        "that it is shown to.");
    write_not_after(page, "listener", "mllp", credentials.mllp.tls);
    write_not_after(page, "listener", "https", credentials.https.tls);
    for (const auto& [partner, tls] : credentials.to_partner) {
        write_not_after(page, "partner", partner, tls);
    }
    for (const auto& [sink, own] : credentials.to_sink) {
        write_not_after(page, "sink", sink, own.tls);
    }
}

void write_alarms(Exposition& page, const AlarmReading& alarms) {
    std::map<AlarmClass, std::size_t> open;
    for (const Incident& incident : alarms.open) {
        ++open[incident.kind];
    }
    page.family("painbridge_alarms_open", Kind::gauge, "Incidents that are open, by class.");
    for (const AlarmClass kind : alarm_classes) {
        page.sample({{"class", to_string(kind)}}, open[kind]);
    }
    page.family("painbridge_alarm_notices_total", Kind::counter,
                "What was given to an alarm sink, and whether it took it.");
    for (const SinkReading& sink : alarms.sinks) {
        page.sample({{"sink", sink.name}, {"result", "sent"}}, sink.sent);
        page.sample({{"sink", sink.name}, {"result", "failed"}}, sink.failed);
    }
    page.family("painbridge_alarm_sink_dead", Kind::gauge,
                "1 while an alarm sink takes nothing: alarms go to the next one.");
    for (const SinkReading& sink : alarms.sinks) {
        page.sample({{"sink", sink.name}}, sink.is_dead ? 1 : 0);
    }
}

}  // namespace

std::string metrics_page(const MetricsParts& parts, const std::vector<ListenerReading>& listeners) {
    Exposition page;
    write_process(page);
    write_health(page, parts, listeners);
    write_acceptance(page, parts.pipeline);
    write_attempts(page, parts.outbox);
    write_queue(page, parts);
    write_store(page, parts);
    write_alarms(page, parts.alarms.reading());
    write_certificates(page, parts.pipeline.snapshot()->credentials);
    return page.text();
}

}  // namespace gateway
