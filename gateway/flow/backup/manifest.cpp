#include "gateway/flow/backup/manifest.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr std::string_view first_line = "painbridge-backup 1";
constexpr std::string_view seal_name = "seal ";

std::string text_of(const BackupManifest& manifest) {
    const StoreMark& mark = manifest.mark;
    return fmt::format(
        "{}\nmade {}\nbytes {}\nsha256 {}\nschema {}\nmessages {}\nchanges {}\naudit-records {}\n"
        "audit-last {}\n",
        first_line, manifest.made, manifest.bytes, to_hex(manifest.digest), mark.schema,
        mark.messages, mark.changes, mark.audit_records, to_hex(mark.audit_last));
}

Failure no_manifest(std::string_view why) {
    return {Category::invalid, "this is no backup", fmt::format("the manifest {}", why)};
}

// Takes the lines one by one; each must be there, in its place.
class Lines final {
public:
    explicit Lines(std::string_view text) : lines_(split(text, '\n')) {}

    std::string_view value_of(std::string_view name) {
        const std::string_view line = at_ < lines_.size() ? lines_[at_] : std::string_view();
        if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') {
            throw no_manifest(fmt::format("has no {} in line {}", name, at_ + 1));
        }
        ++at_;
        return line.substr(name.size() + 1);
    }

    template <class Number>
    Number number_of(std::string_view name) {
        const std::string_view text = value_of(name);
        Number number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || end != text.data() + text.size()) {
            throw no_manifest(fmt::format("has no number for {}", name));
        }
        return number;
    }

    Sha256 digest_of(std::string_view name) {
        constexpr int hexadecimal = 16;
        const std::string_view text = value_of(name);
        Sha256 digest{};
        bool is_good = text.size() == 2 * digest.size();
        for (std::size_t i = 0; is_good && i < digest.size(); ++i) {
            const char* pair = text.data() + 2 * i;
            is_good = std::from_chars(pair, pair + 2, digest.at(i), hexadecimal).ptr == pair + 2;
        }
        if (!is_good) {
            throw no_manifest(fmt::format("has no SHA-256 for {}", name));
        }
        return digest;
    }

private:
    std::vector<std::string_view> lines_;
    std::size_t at_ = 0;
};

void check_seal(std::string_view text, std::string_view seal, const KeyRing& keys) {
    switch (keys.check_seal(text, seal)) {
        case KeyRing::SealCheck::good:
            return;
        case KeyRing::SealCheck::broken:
            throw no_manifest("was changed after it was sealed");
        case KeyRing::SealCheck::unknown_key:
            throw Failure(Category::unavailable, "the backup cannot be read",
                          fmt::format("the backup was made under the master key {}, which is not "
                                      "among store.keys: put that key's file into the list",
                                      KeyRing::master_of(seal)));
    }
}

}  // namespace

std::string manifest_file(const std::string& backup) {
    return backup + ".manifest";
}

std::string sealed_manifest(const BackupManifest& manifest, const KeyRing& keys) {
    const std::string text = text_of(manifest);
    return fmt::format("{}{}{}\n", text, seal_name, keys.seal_of(text));
}

BackupManifest read_manifest(std::string_view text, const KeyRing& keys) {
    if (!text.starts_with(first_line)) {
        throw no_manifest("is not one of this Painbridge");
    }
    const std::size_t at = text.rfind(std::string("\n").append(seal_name));
    if (at == std::string_view::npos || !text.ends_with('\n')) {
        throw no_manifest("ends too early");
    }
    const std::string_view sealed = text.substr(0, at + 1);
    std::string_view seal = text.substr(at + 1 + seal_name.size());
    seal.remove_suffix(1);
    check_seal(sealed, seal, keys);
    Lines lines(sealed);
    lines.value_of("painbridge-backup");
    BackupManifest manifest;
    manifest.made = lines.value_of("made");
    manifest.bytes = lines.number_of<std::uint64_t>("bytes");
    manifest.digest = lines.digest_of("sha256");
    manifest.mark.schema = lines.number_of<std::int64_t>("schema");
    manifest.mark.messages = lines.number_of<std::uint64_t>("messages");
    manifest.mark.changes = lines.number_of<std::uint64_t>("changes");
    manifest.mark.audit_records = lines.number_of<std::uint64_t>("audit-records");
    manifest.mark.audit_last = lines.digest_of("audit-last");
    return manifest;
}

}  // namespace gateway
