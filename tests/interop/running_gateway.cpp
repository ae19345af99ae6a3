#include "tests/interop/running_gateway.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"

namespace gateway {

namespace {

const std::string root = PAINBRIDGE_ROOT;

void replace_once(std::string& text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        throw std::logic_error("the demo's settings have no " + from);
    }
    text.replace(at, from.size(), to);
}

}  // namespace

RunningGateway::RunningGateway(const std::string& address, const std::string& more)
    : authority_("Interop CA"), stage_(set_stage(folder_.file("stage"), root)) {
    authority_.write_certificate(stage_.folder + "/tls", "ca");
    for (const std::string name : {"gateway", "gp", "clinic"}) {
        authority_.issue_files({.common_name = name + ".demo.example",
                                .dns_names = {name + ".demo.example", "localhost"},
                                .ips = {"127.0.0.1"},
                                .validity = std::chrono::days(200)},
                               stage_.folder + "/tls", name);
    }
    const std::string file = stage_.config() + "/painbridge.toml";
    std::string text = read_file(file);
    for (const std::uint16_t port : {stage_.ports.mllp, stage_.ports.https}) {
        const std::string suffix = ":" + std::to_string(port) + "\"";
        replace_once(text, "\"127.0.0.1" + suffix, "\"" + address + suffix);
    }
    std::ofstream(file) << text << "\n" << more;
}

void RunningGateway::start() {
    process_ = std::make_unique<Child>(
        "gateway", PAINBRIDGE_PROGRAM,
        std::vector<std::string>{"serve", "--config", stage_.config()}, stage_.log("gateway"));
    if (!process_->wait_for([](const std::string& line) { return line.starts_with("ready"); },
                            std::chrono::seconds(30))) {
        throw std::runtime_error("the gateway does not come up: " + log());
    }
}

void RunningGateway::kill() {
    ::kill(process_->process(), SIGKILL);
    process_.reset();
}

void RunningGateway::hang_up() const {
    ::kill(process_->process(), SIGHUP);
}

std::shared_ptr<const TlsContext> RunningGateway::client(const std::string& partner) const {
    return TlsContext::client({.certificate_chain = tls(partner + ".pem"),
                               .private_key = tls(partner + ".key"),
                               .authorities = tls("ca.pem")});
}

std::string RunningGateway::log() const {
    return read_file(stage_.log("gateway"));
}

std::vector<std::string> RunningGateway::complaints() const {
    std::vector<std::string> found;
    const std::string text = log();
    for (const std::string_view line : split(text, '\n')) {
        for (const std::string_view level : {"\"level\":\"warning\"", "\"level\":\"error\""}) {
            if (line.find(level) != std::string_view::npos) {
                found.emplace_back(line);
            }
        }
    }
    return found;
}

std::size_t RunningGateway::messages() const {
    std::size_t count = 0;
    for (const MessageCount& one :
         open_sqlite_reads({.path = stage_.store(), .vfs = {}, .keys = {}})->message_counts()) {
        count += one.count;
    }
    return count;
}

std::string framed_sample(const std::string& file) {
    return "\x0B" + read_file(root + "/config/demo/messages/" + file) + "\x1C\r";
}

}  // namespace gateway
