#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <future>
#include <ostream>

#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/base/failure.h"
#include "gateway/base/settings/quantities.h"
#include "gateway/format/hl7v2/head.h"
#include "gateway/net/http_client.h"
#include "gateway/net/mllp_client.h"

namespace gateway {

namespace {

struct SendOptions {
    std::string to;
    std::string ca;
    std::string certificate;
    std::string key;
    std::string server_name;
    std::vector<std::string> files;
};

ClientEndpoint endpoint_of(const SendOptions& options, const Endpoint& to) {
    return {.address = {to.host, to.port},
            .tls = TlsContext::client({.certificate_chain = options.certificate,
                                       .private_key = options.key,
                                       .authorities = options.ca}),
            .server_name = options.server_name.empty() ? to.host : options.server_name};
}

// MSA-1 of an acknowledgement begins with A or C; the second letter A is acceptance.
bool is_accepted(std::string_view reply) {
    const char separator = scan_head(reply).separators.field;
    const std::size_t msa = reply.find(std::string{"\rMSA"} + separator);
    return msa != std::string_view::npos && msa + 6 < reply.size() && reply[msa + 6] == 'A';
}

ExitCode send_mllp(const SendOptions& options, const Endpoint& to, Terminal& terminal) {
    IoThreads io(1);
    MllpClient client(io[0], endpoint_of(options, to));
    ExitCode code = ExitCode::done;
    for (const std::string& file : options.files) {
        std::promise<MllpResult> result;
        client.send(read_input(file, terminal.in),
                    [&](MllpResult got) { result.set_value(std::move(got)); });
        const MllpResult got = result.get_future().get();
        if (!got.reply) {
            throw Failure(Category::unavailable, file + ": " + got.detail);
        }
        for (const char c : *got.reply) {
            terminal.out << (c == '\r' ? '\n' : c);
        }
        code = is_accepted(*got.reply) ? code : ExitCode::found_problems;
    }
    return code;
}

bool is_hl7v2(std::string_view message) {
    return message.starts_with("MSH");
}

// Of HL7 v2 the acknowledgement decides, whatever the status.
bool is_accepted(const HttpResponse& response, bool is_hl7v2) {
    if (response.status >= 300) {
        return false;
    }
    return !is_hl7v2 || !response.body || response.body->empty() || is_accepted(*response.body);
}

void print_body(const HttpResponse& response, std::ostream& out) {
    if (!response.body || response.body->empty()) {
        return;
    }
    for (const char c : *response.body) {
        out << (c == '\r' ? '\n' : c);
    }
    out << '\n';
}

ExitCode send_https(const SendOptions& options, const Endpoint& to, Terminal& terminal) {
    IoThreads io(1);
    HttpClient client(io[0], endpoint_of(options, to));
    ExitCode code = ExitCode::done;
    for (const std::string& file : options.files) {
        HttpCall call{.method = "POST", .target = to.path, .body = read_input(file, terminal.in)};
        const bool is_v2 = is_hl7v2(*call.body);
        call.headers.set("Content-Type", is_v2 ? "application/hl7-v2" : "application/fhir+json");
        std::promise<HttpResult> result;
        client.send(std::move(call), [&](HttpResult got) { result.set_value(std::move(got)); });
        const HttpResult got = result.get_future().get();
        if (!got.response) {
            throw Failure(Category::unavailable, file + ": " + got.detail);
        }
        terminal.err << file << ": HTTP " << got.response->status << '\n';
        print_body(*got.response, terminal.out);
        code = is_accepted(*got.response, is_v2) ? code : ExitCode::found_problems;
    }
    return code;
}

ExitCode send(const SendOptions& options, Terminal& terminal) {
    const auto to = parse_endpoint(options.to);
    if (!to) {
        throw Failure(Category::unavailable,
                      "--to must be mllps://host:port or https://host[:port]/path");
    }
    return to->kind == Channel::mllp ? send_mllp(options, *to, terminal)
                                     : send_https(options, *to, terminal);
}

}  // namespace

void declare_send(CLI::App& app, Command& command) {
    CLI::App* verb = app.add_subcommand(
        "send",
        "Send messages as a partner would, and print the answers\n\n"
        "  painbridge send --to mllps://localhost:2575 --ca tls/ca.pem "
        "--certificate tls/gp.pem \\\n"
        "                  --key tls/gp.key referral.hl7\n\n"
        "  painbridge send --to https://localhost:8443/hl7v2 --ca tls/ca.pem ... "
        "referral.hl7\n\n"
        "Exit code 1 if an answer is no acceptance; - reads standard input.");
    const auto options = std::make_shared<SendOptions>();
    verb->add_option("--to", options->to, "mllps://host:port or https://host[:port]/path")
        ->required();
    verb->add_option("--ca", options->ca, "PEM: roots of the server's certificate")->required();
    verb->add_option("--certificate", options->certificate, "PEM: the client's certificate");
    verb->add_option("--key", options->key, "PEM: its private key, mode 0600");
    verb->add_option("--server-name", options->server_name,
                     "name in the server's certificate; by default the host");
    verb->add_option("files", options->files, "messages")->required();
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return send(*options, terminal); };
    });
}

}  // namespace gateway
