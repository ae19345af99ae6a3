#include "gateway/flow/credentials/credentials.h"

#include <functional>

#include "gateway/base/digest.h"
#include "gateway/base/failure.h"
#include "gateway/net/http_message.h"

namespace gateway {

namespace {

// At start and reload every fault is told, not only the first.
std::shared_ptr<const TlsContext> loaded(
    const std::function<std::shared_ptr<const TlsContext>()>& load, const std::string& path,
    const std::string& file, Issues& issues) {
    try {
        return load();
    } catch (const Failure& failure) {
        issues.add({.code = "security", .path = path, .text = failure.internal(), .source = file});
        return nullptr;
    }
}

ListenerCredentials listener_credentials(const ListenSettings& listen, const std::string& path,
                                         const std::string& file, Issues& issues) {
    if (!listen.enabled()) {
        return {};
    }
    TlsFiles files{.certificate_chain = listen.certificate, .private_key = listen.key};
    const auto groups = listen.all_trust();
    for (const GroupTrust& group : groups) {
        files.more_authorities.push_back(group.ca);
    }
    ListenerCredentials credentials;
    credentials.tls =
        loaded([&] { return TlsContext::server(files, ClientCertificates::required); }, path, file,
               issues);
    for (std::size_t i = 0; credentials.tls && i < groups.size(); ++i) {
        credentials.trust.push_back({groups[i].group, (*credentials.tls->trust())[i].digest});
    }
    return credentials;
}

// It stands in one line of what is sent.
std::string sink_secret(const SecretReference& reference, const std::string& file, Issues& issues) {
    std::string fault = "the secret must be one line of text";
    try {
        std::string secret = read_secret(reference);
        if (is_http_field_value(secret)) {
            return secret;
        }
    } catch (const Failure& failure) {
        fault = failure.internal();
    }
    issues.add({.code = "security", .path = "alarms.sink", .text = fault, .source = file});
    return {};
}

SinkCredentials sink_credentials(const AlarmSinkSettings& sink, const std::string& file,
                                 Issues& issues) {
    SinkCredentials own;
    if (!sink.ca.empty()) {
        own.tls = loaded(
            [&] {
                return TlsContext::client({.certificate_chain = sink.certificate,
                                           .private_key = sink.key,
                                           .authorities = sink.ca});
            },
            "alarms.sink", file, issues);
    }
    for (const SecretReference& secret : {sink.token, sink.password}) {
        if (!secret.empty()) {
            own.secret = sink_secret(secret, file, issues);
        }
    }
    return own;
}

}  // namespace

std::string Credentials::hash() const {
    std::string parts;
    const auto add = [&parts](std::string_view name, const std::shared_ptr<const TlsContext>& tls) {
        parts.append(name).append(" ").append(tls ? tls->digest() : "off").append("\n");
    };
    add("mllp", mllp.tls);
    add("https", https.tls);
    for (const auto& [partner, tls] : to_partner) {
        add(partner, tls);
    }
    for (const auto& [sink, own] : to_sink) {
        add("sink " + sink, own.tls);
    }
    return to_hex(sha256(parts));
}

Credentials load_credentials(const Settings& settings, Issues& issues) {
    Credentials credentials;
    credentials.mllp =
        listener_credentials(settings.listen.mllp, "listen.mllp", settings.file, issues);
    credentials.https =
        listener_credentials(settings.listen.https, "listen.https", settings.file, issues);
    for (const Partner& partner : settings.partners) {
        const DeliverSettings& deliver = partner.deliver;
        if (!deliver.enabled) {
            continue;
        }
        credentials.to_partner[partner.id] = loaded(
            [&] {
                return TlsContext::client({.certificate_chain = deliver.certificate,
                                           .private_key = deliver.key,
                                           .authorities = deliver.ca});
            },
            "deliver", partner.file, issues);
    }
    for (const AlarmSinkSettings& sink : settings.alarms.sinks) {
        credentials.to_sink[sink.name] = sink_credentials(sink, settings.file, issues);
    }
    return credentials;
}

}  // namespace gateway
