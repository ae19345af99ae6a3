#include "gateway/flow/credentials/seen_certificates.h"

namespace gateway {

namespace {

constexpr std::chrono::hours kept{24};
constexpr std::size_t certificates_max = 10'000;  // whoever makes a new key for each connection

}  // namespace

void SeenCertificates::saw(const SeenCertificate& certificate) {
    const SteadyTime now = clock_.steady();
    const std::lock_guard lock(mutex_);
    const std::pair key(certificate.partner, certificate.spki_sha256);
    if (seen_.size() < certificates_max || seen_.contains(key)) {
        seen_[key] = {certificate.not_after, now};
    }
}

std::vector<SeenCertificate> SeenCertificates::of_today() {
    const SteadyTime now = clock_.steady();
    std::vector<SeenCertificate> all;
    const std::lock_guard lock(mutex_);
    std::erase_if(seen_, [now](const auto& each) { return now - each.second.last > kept; });
    for (const auto& [key, seen] : seen_) {
        all.push_back({key.first, key.second, seen.not_after});
    }
    return all;
}

}  // namespace gateway
