#include "gateway/app/cli/checkpoints.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

#include "gateway/app/cli/report.h"
#include "gateway/base/failure.h"
#include "gateway/flow/credentials/audit_key.h"

namespace gateway {

namespace {

VerifyingKey key_of(const CheckpointOptions& options, const Settings& settings,
                    Terminal& terminal) {
    if (!options.public_key.empty()) {
        const auto key = VerifyingKey::from_pem(*read_input(options.public_key, terminal.in));
        if (!key) {
            throw Failure(Category::invalid, options.public_key +
                                                 ": not the PEM of an Ed25519 public key; openssl "
                                                 "pkey -in audit.key -pubout makes it");
        }
        return *key;
    }
    Issues issues;
    const auto key = load_audit_key(settings.audit, issues);
    if (issues.has_errors()) {
        throw Failure(Category::invalid, "the configuration has faults", {}, issues);
    }
    if (!key) {
        throw Failure(Category::invalid,
                      "no key to check the checkpoints with: give --public-key FILE");
    }
    return key->public_key();
}

}  // namespace

void add_checkpoint_options(CLI::App& verb, CheckpointOptions& options) {
    verb.add_option("--checkpoints", options.checkpoints,
                    "the file of checkpoints; default: the one of the settings");
    verb.add_option("--public-key", options.public_key,
                    "PEM of the public key; default: that of the settings' key");
}

std::optional<CheckpointList> checkpoints_of(const CheckpointOptions& options,
                                             const Settings& settings, Terminal& terminal) {
    const std::string& file =
        options.checkpoints.empty() ? settings.audit.checkpoint_file : options.checkpoints;
    if (file.empty()) {
        return std::nullopt;
    }
    const CheckpointList list =
        read_checkpoints(*read_input(file, terminal.in), key_of(options, settings, terminal));
    for (const CheckpointFault& fault : list.faults) {
        terminal.out << file << ':' << fault.line << ": error: this line " << fault.text << '\n';
    }
    return list;
}

}  // namespace gateway
