#include "gateway/flow/alarm/incident_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <system_error>

#include "gateway/base/act.h"
#include "gateway/base/failure.h"
#include "gateway/base/open_file.h"
#include "gateway/base/text.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

void put(Document& document, NodeId node, std::string_view name, std::string_view value) {
    document.set_value(document.append(node, name), ValueKind::string, value);
}

void put(Document& document, NodeId node, std::string_view name, std::int64_t value) {
    document.set_value(document.append(node, name), ValueKind::number, std::to_string(value));
}

// Zero for what is no number.
std::int64_t number_in(const Document& document, NodeId node, std::string_view name) {
    const std::string_view text = document.child_value(node, name);
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Instant instant_in(const Document& document, NodeId node, std::string_view name) {
    return Instant(std::chrono::microseconds(number_in(document, node, name)));
}

// Nothing where the class is not known any more.
std::optional<Incident> incident_in(const Document& document, NodeId node) {
    const std::string_view word = document.child_value(node, "class");
    const auto* kind = std::ranges::find_if(
        alarm_classes, [word](AlarmClass each) { return to_string(each) == word; });
    if (kind == alarm_classes.end()) {
        return std::nullopt;
    }
    Incident incident;
    incident.kind = *kind;
    incident.id = document.child_value(node, "id");
    incident.key = document.child_value(node, "key");
    incident.text = document.child_value(node, "text");
    incident.count = static_cast<std::uint64_t>(number_in(document, node, "count"));
    incident.opened = instant_in(document, node, "opened");
    if (document.child(node, "told") != no_node) {
        incident.told = instant_in(document, node, "told");
    }
    incident.told_count = static_cast<std::uint64_t>(number_in(document, node, "toldCount"));
    return incident;
}

Failure cannot(std::string_view act, const std::string& file) {
    return {Category::unavailable, "the open alarms could not be kept",
            fmt::format("{}: cannot {}: {}", file, act, std::system_category().message(errno))};
}

}  // namespace

std::string incident_file(const std::string& store_path) {
    return store_path + ".alarms";
}

std::string incidents_json(const std::vector<Incident>& incidents) {
    Document document(std::make_shared<const NameTable>());
    put(document, document.root(), "version", std::int64_t{1});
    for (const Incident& incident : incidents) {
        const NodeId node = document.append(document.root(), "incident");
        document.set_repeats(node, true);
        put(document, node, "id", incident.id);
        put(document, node, "class", to_string(incident.kind));
        put(document, node, "key", incident.key);
        put(document, node, "text", incident.text);
        put(document, node, "count", static_cast<std::int64_t>(incident.count));
        put(document, node, "opened", incident.opened.time_since_epoch().count());
        if (incident.told) {
            put(document, node, "told", incident.told->time_since_epoch().count());
        }
        put(document, node, "toldCount", static_cast<std::int64_t>(incident.told_count));
    }
    return write_json(document);
}

std::vector<Incident> incidents_of(const std::string& json) {
    const Document document =
        read_json(std::make_shared<const std::string>(json), std::make_shared<const NameTable>(),
                  {.dialect = JsonDialect::plain});
    std::vector<Incident> incidents;
    for (const NodeId node : document.children(document.root(), "incident")) {
        if (auto incident = incident_in(document, node)) {
            incidents.push_back(std::move(*incident));
        }
    }
    return incidents;
}

std::vector<Incident> read_incidents(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? incidents_of(read_file(file))
                                                  : std::vector<Incident>{};
}

void write_incidents(const std::string& file, const std::string& json) {
    const Act act(ActSite::alarm_file);
    const std::string fresh = file + ".new";
    {
        const OpenFile out(
            ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
        if (!out.is_open()) {
            throw cannot("be opened", fresh);
        }
        if (::write(out.descriptor(), json.data(), json.size()) !=
                static_cast<ssize_t>(json.size()) ||
            ::fsync(out.descriptor()) != 0) {
            throw cannot("be written", fresh);
        }
    }
    if (::rename(fresh.c_str(), file.c_str()) != 0) {
        throw cannot("be replaced", file);
    }
    const auto folder = std::filesystem::absolute(file).parent_path().string();
    const OpenFile held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!held.is_open() || ::fsync(held.descriptor()) != 0) {
        throw cannot("be synced", folder);
    }
}

}  // namespace gateway
