// Everything a message runs under, compiled once and named by one hash: settings, definitions,
// maps, routes, TLS contexts, the key of ids and those of the store. Immutable; swapped whole on
// reload; a message takes the pointer once.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/base/settings/settings.h"
#include "gateway/base/signing_key.h"
#include "gateway/care/route/route.h"
#include "gateway/flow/credentials/credentials.h"
#include "gateway/flow/pipeline/engines.h"
#include "gateway/flow/store/key_ring.h"

namespace gateway {

struct Snapshot {
    std::shared_ptr<const Settings> settings;
    Engines engines;
    std::map<std::string, Router, std::less<>> routers;  // by the id of the sending partner
    Credentials credentials;
    std::string id_key;
    std::shared_ptr<const KeyRing> store_keys;
    std::shared_ptr<const SigningKey> audit_key;  // null: no checkpoints are made
    std::string hash;  // over version, settings, every map and every certificate

    // Never null for an identity that the edge let in; a Failure `forbidden` otherwise.
    const Partner& partner(std::string_view id) const;
};

// Loads and compiles everything; every fault of every part is told at once. The result may only be
// used if `issues` has no errors.
std::shared_ptr<const Snapshot> load_snapshot(const std::string& folder, Issues& issues);

}  // namespace gateway
