#include "gateway/engine/map/run/transforms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "gateway/base/text.h"
#include "gateway/engine/map/run/v2_time.h"
#include "gateway/format/fhir/primitive.h"

namespace gateway {

namespace {

// As many characters (UTF-8), not bytes.
std::string_view first_characters(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    while (at < text.size() && count > 0) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
            ++at;
        }
        --count;
    }
    return text.substr(0, at);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional{number}
                                                                           : std::nullopt;
}

std::optional<PartialTime> moved(const PartialTime& time, std::int64_t amount,
                                 std::string_view unit) {
    constexpr std::int64_t second = 1'000'000'000;
    if (unit.ends_with('s')) {
        unit.remove_suffix(1);
    }
    if (unit == "year") {
        return plus_years(time, amount);
    }
    if (unit == "month") {
        return plus_months(time, amount);
    }
    if (unit == "week" || unit == "day") {
        return plus_days(time, unit == "week" ? amount * 7 : amount);
    }
    const std::int64_t scale = unit == "hour"     ? 3600
                               : unit == "minute" ? 60
                               : unit == "second" ? 1
                                                  : 0;
    return scale == 0 ? std::nullopt : plus_nanoseconds(time, amount * scale * second);
}

void escape_into(std::string& out, char c, std::string_view form) {
    if (form == "json") {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c == '\n' ? std::string{"\\n"} : std::string{c};
        return;
    }
    switch (c) {
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '&':
            out += "&amp;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
    }
}

}  // namespace

TypeId built_type(const TransformCode& code, const Schema& schema) {
    if (code.kind != TransformKind::translate) {
        return code.type;
    }
    return schema.find_type(code.output == TranslateOutput::coding
                                ? std::string_view{"Coding"}
                                : std::string_view{"CodeableConcept"});
}

void Transforms::values(const TransformCode& code, MapValues& out) {
    if (code.kind == TransformKind::copy) {
        reader_.read(code.arguments.front(), state_.item, out);
        return;
    }
    if (code.kind == TransformKind::evaluate) {
        const bool has_focus = code.arguments.size() == 2;
        const MapValue focus =
            has_focus ? reader_.read_one(code.arguments[0], state_.item) : state_.item;
        reader_.read(code.arguments.back(), focus, out);
        return;
    }
    const std::size_t mark = state_.reads.size();
    const std::string text = single(code);
    if (text.empty()) {
        state_.reads.resize(mark);
        return;
    }
    MapValue made = state_.text(text, code.type);
    const bool is_id = code.kind == TransformKind::stable_id;
    state_.keep_origins(mark, made, is_id ? RunState::Way::one : RunState::Way::both);
    out.push_back(made);
}

std::string Transforms::single(const TransformCode& code) {
    switch (code.kind) {
        case TransformKind::truncate:
            return truncated(code);
        case TransformKind::append:
            return appended(code);
        case TransformKind::cast:
            return cast(code);
        case TransformKind::escape:
            return escaped(code);
        case TransformKind::translate:
            return translated(code);
        case TransformKind::reference:
        case TransformKind::pointer:
            return reference(code);
        case TransformKind::date_op:
            return date_op(code);
        case TransformKind::uuid:
            return new_uuid();
        case TransformKind::stable_id:
            return stable_id(code);
        case TransformKind::now:
            return to_fhir_instant(state_.context.now);
        default:
            return v2_time(code);
    }
}

Transforms::Text Transforms::argument(const TransformCode& code, std::size_t index) {
    return index < code.arguments.size() ? reader_.read_text(code.arguments[index], state_.item)
                                         : Text{};
}

std::vector<Transforms::Text> Transforms::arguments(const TransformCode& code, std::size_t from) {
    std::vector<Text> texts;
    for (std::size_t i = from; i < code.arguments.size(); ++i) {
        texts.push_back(argument(code, i));
    }
    return texts;
}

std::string Transforms::truncated(const TransformCode& code) {
    const Text text = argument(code, 0);
    const auto length = whole_number(argument(code, 1));
    if (!length || *length < 0) {
        warn("value", "truncate() needs a length: a whole number from 0 on");
        return {};
    }
    return std::string{first_characters(text, static_cast<std::size_t>(*length))};
}

std::string Transforms::appended(const TransformCode& code) {
    std::string text;
    for (const Text part : arguments(code)) {
        text += part;
    }
    return text;
}

// Only what the type allows comes through; a dateTime becomes a date by losing its time.
std::string Transforms::cast(const TransformCode& code) {
    Text text = argument(code, 0);
    if (text.empty() || code.type == no_type) {
        return std::string{text};
    }
    const Text type = state_.schema().type(code.type).name;
    if (const std::size_t time = text.find('T'); type == "date" && time != Text::npos) {
        text = text.substr(0, time);
    }
    if (const auto fault = primitive_fault(type, text)) {
        warn("value", fmt::format("no {}, so the element is left out: {}", type, *fault));
        return {};
    }
    return std::string{text};
}

std::string Transforms::translated(const TransformCode& code) {
    TranslatedCode answer;
    if (!translate(code, answer)) {
        return {};
    }
    const Text text = code.output == TranslateOutput::system    ? answer.system
                      : code.output == TranslateOutput::display ? answer.display
                                                                : answer.code;
    return std::string{text};
}

bool Transforms::translate(const TransformCode& code, TranslatedCode& answer) {
    const MapValue value = reader_.read_one(code.arguments.front(), state_.item);
    Text system;
    MapValue coded = value;
    if (value.is_node() && value.value.document().child(value.value.node(), "code") != no_node) {
        const Document& document = value.value.document();
        system = document.child_value(value.value.node(), "system");
        coded.value = Value::of(document, document.child(value.value.node(), "code"));
    }
    state_.note_read(coded);
    const Text text = state_.text_of_value(coded);
    if (text.empty()) {
        return false;
    }
    switch (code.concept_map->translate(system, text, answer)) {
        case TranslateAnswer::found:
            return true;
        case TranslateAnswer::no_match:
            return false;
        case TranslateAnswer::unmapped:
            break;
    }
    warn("code-invalid", fmt::format("the concept map `{}` does not know this code: add it there",
                                     code.concept_map->url()));
    return false;
}

std::string Transforms::reference(const TransformCode& code) {
    const MapValue value = reader_.read_one(code.arguments.front(), state_.item);
    if (!value.is_node()) {
        state_.note_read(value);
        return std::string{state_.text_of_value(value)};
    }
    std::string text = reference_to(value.value.document(), value.value.node(),
                                    code.kind == TransformKind::pointer);
    if (text.empty()) {
        warn("not-found",
             "no reference can be made: the resource has neither an id nor a fullUrl yet (set it "
             "in an earlier rule)");
    }
    return text;
}

// `Patient/12`, or the fullUrl of its entry; pointer() prefers the latter.
std::string Transforms::reference_to(const Document& document, NodeId node, bool pointer) {
    const Text type = document.resource_type(node);
    const Text id = document.child_value(node, "id");
    const NodeId entry = document.parent(node);
    const Text full_url = entry == no_node ? Text{} : document.child_value(entry, "fullUrl");
    if (!full_url.empty() && (pointer || id.empty())) {
        return std::string{full_url};
    }
    if (id.empty() || type.empty()) {
        return {};
    }
    return pointer ? fmt::format("urn:uuid:{}", id) : fmt::format("{}/{}", type, id);
}

std::string Transforms::date_op(const TransformCode& code) {
    const auto texts = arguments(code);
    const auto time = parse_date_time(texts[0]);
    const auto amount = whole_number(texts[2]);
    if (!time || !amount || (texts[1] != "+" && texts[1] != "-")) {
        if (!texts[0].empty()) {
            warn("value", "dateOp() needs a date or dateTime, '+' or '-', and a whole number");
        }
        return {};
    }
    const auto result = moved(*time, texts[1] == "-" ? -*amount : *amount, texts[3]);
    if (!result) {
        warn("value", "dateOp() knows years, months, weeks, days, hours, minutes and seconds");
        return {};
    }
    return texts[0].find('T') == Text::npos ? date_text(*result) : date_time_text(*result);
}

std::string Transforms::new_uuid() {
    if (!state_.context.uuid) {
        warn("not-supported", "uuid() has no source of ids here: use stableId()");
        return {};
    }
    return state_.context.uuid();
}

std::string Transforms::stable_id(const TransformCode& code) {
    const Text role = argument(code, 0);
    const std::vector<Text> parts = arguments(code, 1);
    if (!state_.context.stable_id) {
        warn("not-supported", "stableId() has no key here");
        return {};
    }
    if (std::ranges::all_of(parts, [](Text part) { return part.empty(); })) {
        warn("required",
             fmt::format("the id of the {} cannot be made: its business key is empty", role));
        return {};
    }
    return state_.context.stable_id(role, parts);
}

std::string Transforms::v2_time(const TransformCode& code) {
    const Text text = argument(code, 0);
    if (text.empty()) {
        return {};
    }
    if (code.kind == TransformKind::v2_timestamp) {
        const auto made = hl7v2_timestamp(text);
        if (!made) {
            warn("value", "no FHIR date, dateTime or instant, so no timestamp is made");
        }
        return made.value_or("");
    }
    // A TM first: "0230" is half past two, not the year 230.
    auto time = code.kind == TransformKind::v2_time ? parse_hl7v2_clock(text) : std::nullopt;
    if (!time) {
        time = parse_hl7v2_time(text);
    }
    const bool no_clock =
        code.kind == TransformKind::v2_time && time && time->precision < Hl7v2Time::Precision::hour;
    if (!time || no_clock) {
        warn("value",
             "no date or time of HL7 v2 (YYYYMMDDHHMMSS+ZZZZ), so the element is left out");
        return {};
    }
    if (!time->offset && state_.context.zone_offset && code.kind != TransformKind::v2_time) {
        time->offset = state_.context.zone_offset(time->local());
    }
    switch (code.kind) {
        case TransformKind::v2_date:
            return fhir_date(*time);
        case TransformKind::v2_time:
            return fhir_time(*time);
        case TransformKind::v2_instant: {
            auto instant = fhir_instant(*time);
            if (!instant) {
                warn("value",
                     "an instant needs seconds and an offset from UTC: send both, or set the time "
                     "zone of the partner");
            }
            return instant.value_or("");
        }
        default:
            return fhir_date_time(*time);
    }
}

std::string Transforms::escaped(const TransformCode& code) {
    const auto texts = arguments(code);
    const Text form = texts.back();
    if (form != "xml" && form != "html" && form != "json") {
        warn("not-supported", "escape() writes 'xml', 'html' or 'json'");
        return {};
    }
    std::string out;
    for (const char c : texts.front()) {
        escape_into(out, c, form);
    }
    return out;
}

void Transforms::build(const TransformCode& code, const MapValue& node) {
    switch (code.kind) {
        case TransformKind::translate:
            build_translation(code, node);
            break;
        case TransformKind::coding:
        case TransformKind::codeable_concept:
            build_coded(code, node);
            break;
        case TransformKind::quantity:
            build_quantity(code, node);
            break;
        case TransformKind::identifier:
            build_identifier(code, node);
            break;
        case TransformKind::contact_point: {
            const auto values = single_values(code);
            if (has_text(values.back())) {
                writer_.set_child(node, "system", values.size() == 2 ? values[0] : MapValue{});
                writer_.set_child(node, "value", values.back());
            }
            break;
        }
        default:
            throw std::logic_error("this transform builds no object");
    }
}

// Each argument with its own origin, so that a code does not claim to hold the display.
std::vector<MapValue> Transforms::single_values(const TransformCode& code) {
    std::vector<MapValue> values;
    for (const OperandCode& operand : code.arguments) {
        values.push_back(reader_.read_one(operand, state_.item));
    }
    return values;
}

bool Transforms::has_text(const MapValue& value) {
    return !state_.text_of_value(value).empty();
}

void Transforms::build_translation(const TransformCode& code, const MapValue& node) {
    TranslatedCode answer;
    const std::size_t mark = state_.reads.size();
    if (!translate(code, answer)) {
        return;
    }
    MapValue origin;
    state_.keep_origins(mark, origin);
    const auto made = [&](Text text) {
        MapValue value = state_.text(text, no_type);
        value.first_origin = origin.first_origin;
        value.origin_count = origin.origin_count;
        return value;
    };
    const bool direct = code.output == TranslateOutput::coding;
    fill_coding(direct ? node : writer_.child(node, "coding"), state_.text(answer.system, no_type),
                made(answer.code), made(answer.display));
}

// cc(text), cc(system, code, display), c(system, code, display)
void Transforms::build_coded(const TransformCode& code, const MapValue& node) {
    const auto values = single_values(code);
    if (values.size() == 1) {
        writer_.set_child(node, "text", values[0]);
    } else if (has_text(values[1])) {
        const bool direct = code.kind == TransformKind::coding;
        fill_coding(direct ? node : writer_.child(node, "coding"), values[0], values[1],
                    values.size() > 2 ? values[2] : MapValue{});
    }
}

void Transforms::fill_coding(const MapValue& node, const MapValue& system, const MapValue& coded,
                             const MapValue& display) {
    writer_.set_child(node, "system", system);
    writer_.set_child(node, "code", coded);
    writer_.set_child(node, "display", display);
}

// qty('4 mg'), or value, unit, system, code.
void Transforms::build_quantity(const TransformCode& code, const MapValue& node) {
    std::vector<MapValue> values = single_values(code);
    if (values.size() == 1) {
        const Text whole = trimmed(state_.text_of_value(values[0]));
        const std::size_t space = whole.find(' ');
        MapValue unit = values[0];
        if (values[0].is_node()) {
            const std::size_t mark = state_.reads.size();
            state_.note_read(values[0]);
            unit = state_.text("", no_type);
            state_.keep_origins(mark, unit);
        }
        MapValue amount = unit;
        amount.value = state_.text(whole.substr(0, space), no_type).value;
        unit.value =
            state_.text(space == Text::npos ? Text{} : trimmed(whole.substr(space)), no_type).value;
        values = {amount, unit};
    }
    if (!has_text(values[0])) {
        return;
    }
    constexpr std::array<Text, 4> names = {"value", "unit", "system", "code"};
    for (std::size_t i = 0; i < values.size(); ++i) {
        writer_.set_child(node, names[i], values[i]);
    }
}

void Transforms::build_identifier(const TransformCode& code, const MapValue& node) {
    const auto values = single_values(code);
    if (!has_text(values[1])) {
        return;
    }
    writer_.set_child(node, "system", values[0]);
    writer_.set_child(node, "value", values[1]);
    if (values.size() > 2 && has_text(values[2])) {
        const MapValue coding = writer_.child(writer_.child(node, "type"), "coding");
        fill_coding(coding, state_.text("http://terminology.hl7.org/CodeSystem/v2-0203", no_type),
                    values[2], {});
    }
}

void Transforms::warn(std::string_view issue_code, std::string text) {
    state_.report(Severity::warning, issue_code, std::move(text));
}

}  // namespace gateway
