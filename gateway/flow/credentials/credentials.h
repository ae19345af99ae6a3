// The TLS contexts of every listener and every destination, loaded from the files that the settings
// name: a part of the snapshot that messages run under, replaced whole with it. Immutable;
// thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/base/settings/settings.h"
#include "gateway/net/tls_context.h"

namespace gateway {

// A group whose partners may come in, and the trust store that their chains must end in.
struct GroupStore {
    std::string group;   // empty: every group without a store of its own
    std::string digest;  // TrustStore::digest
};

struct ListenerCredentials {
    std::shared_ptr<const TlsContext> tls;  // null: the listener is off
    std::vector<GroupStore> trust;
};

// What an alarm sink shows and is shown.
struct SinkCredentials {
    std::shared_ptr<const TlsContext> tls = nullptr;  // null: no TLS there
    std::string secret = {};
};

struct Credentials {
    ListenerCredentials mllp;
    ListenerCredentials https;
    std::map<std::string, std::shared_ptr<const TlsContext>, std::less<>> to_partner;  // by id
    std::map<std::string, SinkCredentials, std::less<>> to_sink;                       // by name

    // Over every certificate; keys are not in it, as each fits its certificate.
    std::string hash() const;
};

// Every file that cannot be used is an issue; what is returned may then not be used.
Credentials load_credentials(const Settings& settings, Issues& issues);

}  // namespace gateway
