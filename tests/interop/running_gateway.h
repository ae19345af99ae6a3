// The gateway program on the demo's configuration, with certificates of an authority that the test
// holds. Its folder and its process go with it; what it writes to its log is read from there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/net/certificate_maker.h"
#include "gateway/net/tls_context.h"
#include "tests/support/scratch_folder.h"

namespace gateway {

class RunningGateway final {
public:
    // Its listeners for partners are on `address`; `more` is TOML at the end of its settings.
    explicit RunningGateway(const std::string& address = "127.0.0.1", const std::string& more = {});

    // In the network namespace of the calling thread. Throws where it does not come up.
    void start();

    // As SIGTERM does, until it has ended.
    void stop() { process_.reset(); }

    // As a crash does.
    void kill();

    // Its configuration is to be read again; does not wait for it.
    void hang_up() const;

    const Stage& stage() const { return stage_; }

    const CertificateAuthority& authority() const { return authority_; }

    // A file of the certificates' folder: ca.pem, gateway.pem, gp.pem, gp.key, clinic.pem, …
    std::string tls(const std::string& file) const { return stage_.folder + "/tls/" + file; }

    // With the certificate of "gp" or "clinic".
    std::shared_ptr<const TlsContext> client(const std::string& partner) const;

    std::string log() const;

    // The lines of the log that an operator would look into.
    std::vector<std::string> complaints() const;

    // In its store, whatever became of them.
    std::size_t messages() const;

private:
    ScratchFolder folder_;
    CertificateAuthority authority_;
    Stage stage_;
    std::unique_ptr<Child> process_;
};

// The demo's message of this name in an MLLP frame.
std::string framed_sample(const std::string& file);

}  // namespace gateway
