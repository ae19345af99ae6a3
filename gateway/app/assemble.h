// The running gateway: the only file that joins concrete classes. Reading assemble.cpp from top to
// bottom tells what the process is made of, in layer order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gateway/flow/pipeline/snapshot.h"
#include "gateway/flow/store/disk_room.h"

namespace gateway {

struct ListeningPorts {
    std::uint16_t mllp = 0;  // 0: that listener is off
    std::uint16_t https = 0;
    std::uint16_t ops = 0;
};

// Where a test puts something else below the gateway.
struct GatewaySeams {
    std::string store_vfs = {};  // a registered file layer of SQLite; empty: the machine's
    DiskProbe disk = {};         // empty: what holds the store
    // Told once, on a network thread, why this program has to make room for a newer one.
    std::function<void(const std::string& why)> on_outdated = {};
};

class Gateway final {
public:
    // Opens the store, listens and begins to deliver. A Failure says what could not be had.
    explicit Gateway(const std::shared_ptr<const Snapshot>& snapshot,
                     const GatewaySeams& seams = {});
    // Finishes what is under way, within a grace time, and stops.
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;
    Gateway(Gateway&&) = delete;
    Gateway& operator=(Gateway&&) = delete;

    // Reads the folder again and takes over all of it, or, where `issues` then has errors, nothing:
    // settings, partners, certificates, maps, routes. One thread at a time.
    bool reload(const std::string& folder, Issues& issues);

    ListeningPorts ports() const;

private:
    struct Parts;

    std::unique_ptr<Parts> parts_;
};

}  // namespace gateway
