#include "gateway/base/settings/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "gateway/base/failure.h"
#include "gateway/base/settings/sections.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

// What was read, in order, for the hash.
class HashedFiles {
public:
    // A file that cannot be read is an issue and an empty optional.
    std::optional<std::string> read(const std::string& path, Issues& issues) {
        try {
            std::string content = read_file(path);
            digest_input_ +=
                fmt::format("{}\n{}\n", std::filesystem::path(path).filename().string(),
                            to_hex(sha256(content)));
            return content;
        } catch (const Failure& failure) {  // a fault of the configuration, told with the others
            Issue issue;
            issue.code = "not-found";
            issue.text = failure.internal();
            issue.source = path;
            issues.add(std::move(issue));
            return std::nullopt;
        }
    }

    std::string hash() const { return to_hex(sha256(digest_input_)); }

private:
    std::string digest_input_;
};

template <typename Value>
void read_toml(const std::string& path, HashedFiles& files, Issues& issues, Value& value,
               void (*read)(SectionReader&, Value&)) {
    const auto content = files.read(path, issues);
    const auto table = content ? parse_toml(*content, path, issues) : std::nullopt;
    if (!table) {
        return;
    }
    ReadContext context{path, std::filesystem::path(path).parent_path().string(), issues};
    SectionReader reader(context, &*table, "");
    read(reader, value);
}

std::vector<std::string> partner_files(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code ignored;  // no folder, no partners: told by the caller
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".toml") {
            files.push_back(entry.path().string());
        }
    }
    std::ranges::sort(files);
    return files;
}

void add_issue(Issues& issues, const std::string& file, Position position, std::string path,
               std::string text) {
    Issue issue;
    issue.code = "business-rule";
    issue.path = std::move(path);
    issue.text = std::move(text);
    issue.source = file;
    issue.position = position;
    issues.add(std::move(issue));
}

void check_unique_ids(const Settings& settings, Issues& issues) {
    std::map<std::string, std::string> seen;
    for (const Partner& partner : settings.partners) {
        const auto [first, added] = seen.emplace(partner.id, partner.file);
        if (!added) {
            add_issue(issues, partner.file, {}, "id",
                      fmt::format("the id {} is taken by {}", partner.id, first->second));
        }
        if (std::filesystem::path(partner.file).stem() != partner.id && !partner.id.empty()) {
            add_issue(issues, partner.file, {}, "id",
                      fmt::format("the file must be named after its partner: {}.toml", partner.id));
        }
    }
}

std::vector<std::string> marks_of(const CertificateMatch& match) {
    std::vector<std::string> marks = match.spki_sha256;
    marks.insert(marks.end(), match.dns.begin(), match.dns.end());
    marks.insert(marks.end(), match.uri.begin(), match.uri.end());
    return marks;
}

// Two partners must never be told apart by chance.
void check_unique_certificates(const Settings& settings, Issues& issues) {
    std::map<std::string, std::string> seen;
    for (const Partner& partner : settings.partners) {
        for (const std::string& mark : marks_of(partner.certificate)) {
            const auto [first, added] = seen.emplace(mark, partner.id);
            if (!added) {
                add_issue(issues, partner.file, {}, "certificate",
                          fmt::format("{} already stands for the partner {}", mark, first->second));
            }
        }
    }
}

// Why nothing can go to that partner by this rule; nothing: it can.
std::optional<std::string> fault_of_destination(const Settings& settings, const Partner& sender,
                                                const RouteRule& rule, const std::string& id) {
    const Partner* to = settings.partner(id);
    if (to == nullptr) {
        std::vector<std::string> ids(settings.partners.size());
        std::ranges::transform(settings.partners, ids.begin(), &Partner::id);
        const auto nearest = nearest_word(id, ids);
        return nearest ? fmt::format("there is no partner {}; did you mean {}?", id, *nearest)
                       : fmt::format("there is no partner {}", id);
    }
    if (!to->deliver.enabled) {
        return fmt::format("{} cannot be reached: its file has no [deliver]", id);
    }
    if (rule.pass && id == sender.id) {
        return fmt::format("{} would get its own messages back", id);
    }
    if (!rule.head.event.empty() && to->deliver.kind == Channel::mllp) {
        return fmt::format(
            "{} takes HL7 v2 over MLLP, and this rule passes FHIR on as well (event); make a rule "
            "of "
            "its own for each",
            id);
    }
    if (!rule.pass && to->deliver.kind == Channel::mllp) {
        return fmt::format(
            "{} takes HL7 v2 over MLLP, and a mapped referral is FHIR over HTTPS; only a rule with "
            "pass = true can name it",
            id);
    }
    return std::nullopt;
}

void check_destinations(const Settings& settings, const Partner& sender, std::size_t number,
                        Issues& issues) {
    const RouteRule& rule = sender.routes[number];
    for (const std::string& id : rule.to) {
        if (auto fault = fault_of_destination(settings, sender, rule, id)) {
            add_issue(issues, sender.file, rule.to_position, fmt::format("route[{}].to", number),
                      std::move(*fault));
        }
    }
}

void check_routes(const Settings& settings, Issues& issues) {
    for (const Partner& partner : settings.partners) {
        for (std::size_t i = 0; i < partner.routes.size(); ++i) {
            check_destinations(settings, partner, i, issues);
        }
    }
}

void check_groups(const Settings& settings, Issues& issues) {
    std::set<std::string> groups;
    for (const Partner& partner : settings.partners) {
        groups.insert(partner.group);
    }
    const auto check = [&](const ListenSettings& listen, const std::string& path) {
        if (!listen.enabled()) {
            return;
        }
        for (const GroupTrust& trust : listen.all_trust()) {
            if (!trust.group.empty() && !groups.contains(trust.group)) {
                add_issue(issues, settings.file, {}, path,
                          fmt::format("no partner is in the group {}, so nobody could connect",
                                      trust.group));
            }
        }
    };
    check(settings.listen.mllp, "listen.mllp");
    check(settings.listen.https, "listen.https");
}

template <typename Value>
std::vector<SettingsKey> describe_keys(void (*read)(SectionReader&, Value&)) {
    std::vector<SettingsKey> keys;
    Issues ignored;
    ReadContext context{"", "", ignored, &keys};
    SectionReader reader(context, nullptr, "");
    Value value;
    read(reader, value);
    return keys;
}

}  // namespace

std::vector<GroupTrust> ListenSettings::all_trust() const {
    std::vector<GroupTrust> all;
    if (!ca.empty()) {
        all.push_back({group, ca});
    }
    all.insert(all.end(), trust.begin(), trust.end());
    return all;
}

const Partner* Settings::partner(std::string_view id) const {
    const auto at =
        std::ranges::find_if(partners, [id](const Partner& partner) { return partner.id == id; });
    return at == partners.end() ? nullptr : &*at;
}

Settings load_settings(const std::string& folder, Issues& issues) {
    Settings settings;
    settings.folder = folder;
    settings.file = (std::filesystem::path(folder) / "painbridge.toml").lexically_normal().string();
    HashedFiles files;
    read_toml(settings.file, files, issues, settings, read_settings);
    const auto partners = (std::filesystem::path(folder) / "partners").lexically_normal().string();
    for (const std::string& file : partner_files(partners)) {
        Partner& partner = settings.partners.emplace_back();
        partner.file = file;
        read_toml(file, files, issues, partner, read_partner);
    }
    check_unique_ids(settings, issues);
    check_unique_certificates(settings, issues);
    check_routes(settings, issues);
    check_groups(settings, issues);
    settings.hash = files.hash();
    return settings;
}

std::string render_settings_issues(const Issues& issues) {
    std::map<std::string, std::string> contents;
    std::string out;
    for (const Issue& issue : issues) {
        if (!contents.contains(issue.source)) {
            std::error_code ignored;
            contents[issue.source] = std::filesystem::is_regular_file(issue.source, ignored)
                                         ? read_file(issue.source)
                                         : std::string();
        }
        Issue shown = issue;
        shown.source.clear();  // it leads the line already
        out += render(shown, issue.source, contents[issue.source]) + "\n";
    }
    return out;
}

std::vector<SettingsKey> settings_keys() {
    return describe_keys<Settings>(read_settings);
}

std::vector<SettingsKey> partner_keys() {
    return describe_keys<Partner>(read_partner);
}

}  // namespace gateway
