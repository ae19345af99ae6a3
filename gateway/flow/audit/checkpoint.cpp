#include "gateway/flow/audit/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <variant>

namespace gateway {

namespace {

constexpr std::string_view form = "painbridge-audit-checkpoint-1";

std::optional<Sha256> parse_sha256(std::string_view hex) {
    Sha256 hash{};
    if (hex.size() != 2 * hash.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < hash.size(); ++i) {
        const auto digits = hex.substr(2 * i, 2);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), hash.at(i), 16);
        if (error != std::errc{} || end != digits.data() + digits.size()) {
            return std::nullopt;
        }
    }
    return hash;
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return number;
}

// The six fields; nothing if there are more or fewer.
std::optional<std::array<std::string_view, 6>> fields_of(std::string_view line) {
    std::array<std::string_view, 6> fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::size_t blank = line.find(' ');
        if ((blank == std::string_view::npos) != (i + 1 == fields.size())) {
            return std::nullopt;
        }
        fields.at(i) = line.substr(0, blank);
        line.remove_prefix(std::min(line.size(), fields.at(i).size() + 1));
    }
    return fields;
}

using CheckpointOrFault = std::variant<Checkpoint, std::string>;

CheckpointOrFault parse(std::string_view line, const VerifyingKey& key) {
    const auto fields = fields_of(line);
    if (!fields || fields->at(0) != form) {
        return "is not a checkpoint";
    }
    const auto records = parse_number(fields->at(1));
    const auto last = parse_sha256(fields->at(2));
    const auto signature = from_base64(fields->at(5));
    // A base64 text has bits that mean nothing; here they must be as we write them.
    if (!records || !last || !signature || to_base64(*signature) != fields->at(5)) {
        return "is not a checkpoint";
    }
    if (fields->at(4) != key.id()) {
        return fmt::format("was signed with the key {}, not with {}: give the public key of then",
                           fields->at(4), key.id());
    }
    if (!key.verifies(line.substr(0, line.rfind(' ')), *signature)) {
        return "does not bear a good signature: it was changed after it was signed";
    }
    return Checkpoint{*records, *last, std::string(fields->at(3))};
}

}  // namespace

std::string signed_line(const Checkpoint& checkpoint, const SigningKey& key) {
    const std::string text =
        fmt::format("{} {} {} {} {}", form, checkpoint.records, to_hex(checkpoint.last),
                    checkpoint.at, key.public_key().id());
    return text + ' ' + to_base64(key.sign(text));
}

CheckpointList read_checkpoints(std::string_view text, const VerifyingKey& key) {
    CheckpointList list;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            list.faults.push_back({line, "is not complete"});
            return list;
        }
        const CheckpointOrFault parsed = parse(text.substr(0, end), key);
        if (const auto* checkpoint = std::get_if<Checkpoint>(&parsed)) {
            list.checkpoints.push_back(*checkpoint);
        } else {
            list.faults.push_back({line, std::get<std::string>(parsed)});
        }
        text.remove_prefix(end + 1);
    }
    return list;
}

}  // namespace gateway
