#include "gateway/app/demo/stage.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include "gateway/base/digest.h"
#include "gateway/base/failure.h"
#include "gateway/base/ids.h"
#include "gateway/base/signing_key.h"
#include "gateway/base/text.h"
#include "gateway/net/certificate_maker.h"
#include "gateway/net/socket.h"

namespace gateway {

namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::pair<std::string, std::string>>;

// Free at this moment; all held until all are known, so that no two are the same.
StagePorts free_ports() {
    std::array<ListeningSocket, 5> sockets{
        ListeningSocket({"127.0.0.1", 0}), ListeningSocket({"127.0.0.1", 0}),
        ListeningSocket({"127.0.0.1", 0}), ListeningSocket({"127.0.0.1", 0}),
        ListeningSocket({"127.0.0.1", 0})};
    return {sockets[0].address().port, sockets[1].address().port, sockets[2].address().port,
            sockets[3].address().port, sockets[4].address().port};
}

void make_folder(const std::string& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) {
        throw Failure(Category::unavailable, path + ": the folder cannot be made");
    }
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush()) {
        throw Failure(Category::unavailable, path + ": cannot be written");
    }
}

void write_secret(const std::string& path, const std::string& text) {
    write_file(path, text);
    if (chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
        throw Failure(Category::unavailable, path + ": its mode cannot be set");
    }
}

// @WORD@ stands for its value.
std::string filled(std::string text, const Words& words) {
    for (const auto& [word, value] : words) {
        const std::string mark = "@" + word + "@";
        for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
            text.replace(at, mark.size(), value);
            at += value.size();
        }
    }
    return text;
}

void make_certificates(const std::string& folder) {
    const CertificateAuthority authority("Painbridge demo authority");
    authority.write_certificate(folder, "ca");
    const auto issue = [&](const std::string& name) {
        authority.issue_files({.common_name = name + ".demo.example",
                               .dns_names = {name + ".demo.example", "localhost"},
                               .ips = {"127.0.0.1"},
                               .validity = std::chrono::days(200)},
                              folder, name);
    };
    issue("gateway");
    issue("gp");
    issue("clinic");
}

}  // namespace

Stage set_stage(const std::string& folder, const std::string& assets) {
    if (fs::exists(folder) && !fs::is_empty(folder)) {
        throw Failure(Category::conflict, folder + ": the demo wants an empty folder of its own");
    }
    Stage stage{fs::absolute(folder).string(), fs::absolute(assets).string(), free_ports()};
    for (const std::string& path : {stage.folder + "/tls", stage.config() + "/partners",
                                    stage.gp_inbox(), stage.clinic_inbox()}) {
        make_folder(path);
    }
    make_certificates(stage.folder + "/tls");
    RandomIds ids;
    write_secret(stage.folder + "/tls/ids.key", ids.uuid() + ids.uuid());
    write_secret(stage.folder + "/tls/store.key", to_hex(sha256(ids.uuid() + ids.uuid())));
    write_secret(stage.folder + "/tls/audit.key", SigningKey::generate().pem());
    const Words words{{"FOLDER", stage.folder},
                      {"ASSETS", stage.assets},
                      {"MLLP_PORT", std::to_string(stage.ports.mllp)},
                      {"HTTPS_PORT", std::to_string(stage.ports.https)},
                      {"OPS_PORT", std::to_string(stage.ports.ops)},
                      {"GP_PORT", std::to_string(stage.ports.gp)},
                      {"CLINIC_PORT", std::to_string(stage.ports.clinic)}};
    const std::string templates = stage.assets + "/config/demo/";
    const std::array<std::pair<std::string, std::string>, 5> files{{
        {"painbridge.toml", stage.config() + "/painbridge.toml"},
        {"partners/gp.toml", stage.config() + "/partners/gp.toml"},
        {"partners/clinic.toml", stage.config() + "/partners/clinic.toml"},
        {"twin-gp.toml", stage.folder + "/twin-gp.toml"},
        {"twin-clinic.toml", stage.folder + "/twin-clinic.toml"},
    }};
    for (const auto& [from, to] : files) {
        write_file(to, filled(read_file(templates + from), words));
    }
    return stage;
}

void add_settings(const Stage& stage, const std::string& file) {
    const std::string own = stage.config() + "/painbridge.toml";
    write_file(own, read_file(own) + "\n" + read_file(file));
}

}  // namespace gateway
