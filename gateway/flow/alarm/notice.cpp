#include "gateway/flow/alarm/notice.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>

#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

void put(Document& document, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        document.set_value(document.append(document.root(), name), ValueKind::string, value);
    }
}

std::string_view said_of(NoticeEvent event) {
    switch (event) {
        case NoticeEvent::open:
            return "has begun";
        case NoticeEvent::more:
            return "has grown";
        case NoticeEvent::reminder:
            return "is still open";
        case NoticeEvent::close:
            return "is over";
        case NoticeEvent::probe:
            return "is being tried again";
        case NoticeEvent::test:
            return "is a test";
    }
    throw std::logic_error("not an event of an incident");
}

}  // namespace

std::string Notice::key() const {
    return fmt::format("{}-{}-{}", incident.id, to_string(event), incident.count);
}

std::string_view advice_for(AlarmClass kind) {
    switch (kind) {
        case AlarmClass::quarantine:
            return "Look with `painbridge queue list --state quarantined`, mend the cause, then "
                   "`painbridge queue replay`, or see to it that each referral goes another way.";
        case AlarmClass::control_id_reused:
            return "Call the sender's people: its counter of message numbers was reset or runs "
                   "twice. The log (message.concern) names the messages; where they were refused, "
                   "their referrals must be sent again.";
        case AlarmClass::breaker:
            return "Nothing is sent there but probes. Call its people, or look at the network and "
                   "the certificates on the way; what waits goes on by itself.";
        case AlarmClass::queue_age:
            return "Look with `painbridge queue list`: the destination is dead or too slow, or a "
                   "delivery is retried again and again. Call its people.";
        case AlarmClass::disk_low:
            return "Make room or enlarge the disk before new messages must be refused.";
        case AlarmClass::disk_full:
            return "New messages are refused now. Make room at once; messages are taken again by "
                   "themselves.";
        case AlarmClass::certificate:
            return "Renew the certificate, put it in place and reload (SIGHUP).";
        case AlarmClass::certificate_ended:
            return "Connections with this certificate fail now. Renew it, put it in place and "
                   "reload (SIGHUP).";
        case AlarmClass::clock_step:
            return "Look at the time service of this machine: retries, leases and records of the "
                   "audit carry its time.";
        case AlarmClass::store_failed:
            return "Look for the reason in the log, mend the disk or the database, and restart the "
                   "gateway. What was acknowledged is safe.";
        case AlarmClass::audit_not_sound:
            return "No checkpoint is signed any more. Keep a copy of the store and of the file of "
                   "checkpoints, run `painbridge audit verify`, and find out who changed records, "
                   "or whether an older backup was restored.";
        case AlarmClass::checkpoint_failed:
            return "Look for audit.checkpoint_failed in the log: the file of checkpoints could not "
                   "be written (a mount that is gone, its rights, a full disk). The next one signs "
                   "all since.";
        case AlarmClass::sink_dead:
            return "Alarms take the next way. Mend this one, and try it with `painbridge alarm "
                   "test`.";
    }
    throw std::logic_error("not a class of alarms");
}

std::string notice_json(const Notice& notice) {
    const Incident& incident = notice.incident;
    Document document(std::make_shared<const NameTable>());
    put(document, "event", to_string(notice.event));
    put(document, "incident", incident.id);
    put(document, "key", incident.key);
    put(document, "class", to_string(incident.kind));
    put(document, "urgency", to_string(notice.urgency));
    put(document, "gateway", notice.gateway);
    put(document, "responsible", notice.responsible);
    put(document, "opened", to_fhir_instant(incident.opened));
    put(document, "at", to_fhir_instant(notice.at));
    document.set_value(document.append(document.root(), "count"), ValueKind::number,
                       std::to_string(incident.count));
    put(document, "text", incident.text);
    put(document, "advice", advice_for(incident.kind));
    return write_json(document);
}

std::string notice_subject(const Notice& notice) {
    return fmt::format("[{}] {}: {} {}", to_string(notice.urgency), notice.gateway,
                       notice.incident.key, said_of(notice.event));
}

std::string notice_text(const Notice& notice) {
    const Incident& incident = notice.incident;
    std::string text =
        fmt::format("{} {}.\n\n{}\n", incident.key, said_of(notice.event), incident.text);
    if (notice.event != NoticeEvent::close) {
        text += fmt::format("\n{}\n", advice_for(incident.kind));
    }
    if (!notice.responsible.empty()) {
        text += fmt::format("\nTo act: {}\n", notice.responsible);
    }
    text += fmt::format("\nGateway {}, class {}, {}, open since {}, now {}.\nIncident {}\n",
                        notice.gateway, to_string(incident.kind), to_string(notice.urgency),
                        to_fhir_instant(incident.opened), to_fhir_instant(notice.at), incident.id);
    return text;
}

}  // namespace gateway
