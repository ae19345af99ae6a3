#include "gateway/app/bench/net/net_bench.h"
#include "gateway/net/certificate_maker.h"

namespace gateway {

BenchIdentities::BenchIdentities(const std::string& folder) {
    const CertificateAuthority authority("Painbridge bench");
    const std::string trusted = authority.write_certificate(folder, "ca");
    const auto issue = [&](const std::string& name, CertificateUse use) {
        const CertificateFiles files = authority.issue_files(
            {.common_name = name, .dns_names = {"localhost"}, .use = use}, folder, name);
        return TlsFiles{.certificate_chain = files.certificate,
                        .private_key = files.private_key,
                        .authorities = trusted};
    };
    server_ = issue("server", CertificateUse::server);
    client_ = issue("client", CertificateUse::client);
}

}  // namespace gateway
