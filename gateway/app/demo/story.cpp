#include "gateway/app/demo/story.h"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <thread>
#include <utility>

#include "gateway/base/digest.h"
#include "gateway/base/text.h"
#include "gateway/format/hl7v2/names.h"
#include "gateway/format/hl7v2/reader.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::size_t shown_value_max = 120;

std::shared_ptr<const NameTable> hl7v2_names() {
    auto names = std::make_shared<NameTable>();
    add_hl7v2_names(*names);
    return names;
}

std::string indented(std::string_view text) {
    std::string out = "    ";
    for (const char c : text) {
        out += c;
        if (c == '\n') {
            out += "    ";
        }
    }
    return out;
}

// The parts of a message that are too long to read: base64 above all.
void shorten_values(Document& document) {
    for (NodeId node = 0; node < document.node_count(); ++node) {
        const std::string_view value = document.value(node);
        if (value.size() > shown_value_max) {
            document.set_value(node, document.kind(node),
                               fmt::format("{}… ({} characters)",
                                           value.substr(0, shown_value_max / 2), value.size()));
        }
    }
}

// The embedded documents of a referral, decoded: OBX-5 of type ED, in base64.
std::vector<std::string> letters_in(const Document& message) {
    std::vector<std::string> letters;
    for (NodeId at = message.first_child(message.root()); at != no_node; at = message.next(at)) {
        if (message.name(at) != "OBX" || message.child_value(at, "f2") != "ED") {
            continue;
        }
        if (auto letter = from_base64(message.value(message.at(at, {"f5", "c5"})))) {
            letters.push_back(std::move(*letter));
        }
    }
    return letters;
}

Document event_in(const std::string& line) {
    return read_json(std::make_shared<const std::string>(line), std::make_shared<const NameTable>(),
                     {.dialect = JsonDialect::plain});
}

Child::Wanted event_with(std::string event, std::string name, std::string value) {
    return [event = std::move(event), name = std::move(name),
            value = std::move(value)](const std::string& line) {
        const Document document = event_in(line);
        return document.child_value(document.root(), "event") == event &&
               (name.empty() || document.child_value(document.root(), name) == value);
    };
}

// The GP may have the answer a moment before the gateway has noted its delivery.
Trace settled_trace(const StoreReads& store, const std::string& id) {
    Trace trace = store.trace(id);
    for (int i = 0; i < 100 && !trace.empty() && trace.back().stage == "answered"; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        trace = store.trace(id);
    }
    return trace;
}

std::string_view text_in(const Document& event, std::string_view name) {
    return event.child_value(event.root(), name);
}

}  // namespace

std::vector<Scene> scenes_of(const std::string& assets) {
    const std::string own = assets + "/config/demo/messages/";
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes the environment
    const char* elsewhere = std::getenv("PAINBRIDGE_CONFORMANCE_DIR");
    const std::string published =
        (elsewhere != nullptr ? std::string{elsewhere} : assets + "/../shared/conformance") +
        "/hl7v2/REF-I12-01.hl7";
    const bool has_published = std::filesystem::is_regular_file(published);
    return {{"A pain referral with its letter as a PDF (HL7 v2.4, Australia)",
             own + "referral-with-letter.hl7", Ending::answered},
            {has_published ? "A published sample (microsoft/FHIR-Converter, HL7 v2.8)"
                           : "A second sample of our own (HL7 v2.5.1)",
             has_published ? published : own + "second-sample.hl7", Ending::answered},
            {"A referral that must not be taken", own + "must-be-refused.hl7", Ending::refused}};
}

Story::Story(const Stage& stage, OpenReads open_reads, Child& gp, Child& clinic, std::ostream& out)
    : stage_(stage),
      open_reads_(std::move(open_reads)),
      gp_(gp),
      clinic_(clinic),
      out_(out),
      names_(hl7v2_names()) {
}

bool Story::play(const Scene& scene) {
    out_ << "\n=== " << scene.title << "\n    " << scene.file << '\n';
    gp_.write_line("send " + scene.file);
    const auto line =
        gp_.wait_for(event_with("message.acknowledged", "file", scene.file), patience);
    if (!line) {
        out_ << "    NOT ANSWERED: the gateway gave no acknowledgement\n";
        return false;
    }
    const Document acknowledged = event_in(*line);
    out_ << "  the GP system hears: " << text_in(acknowledged, "code") << ' '
         << text_in(acknowledged, "reason") << '\n';
    const bool is_good = scene.ending == Ending::refused ? play_refusal(acknowledged)
                                                         : play_answer(scene, acknowledged);
    show_trace(std::string{text_in(acknowledged, "gatewayId")});
    out_ << (is_good ? "  loop closed\n" : "  LOOP STILL OPEN\n");
    return is_good;
}

bool Story::play_refusal(const Document& acknowledged) {
    const std::string_view code = text_in(acknowledged, "code");
    return (code == "AE" || code == "AR") && !text_in(acknowledged, "reason").empty();
}

bool Story::play_answer(const Scene& scene, const Document& acknowledged) {
    if (text_in(acknowledged, "code") != "AA") {
        return false;
    }
    const Document source =
        read_hl7v2(std::make_shared<const std::string>(read_file(scene.file)), names_);
    const NodeId rf1 = source.child(source.root(), "RF1");
    const std::string number{source.child_value(rf1, "f6")};
    const auto received = clinic_.wait_for(event_with("referral.received", "", ""), patience);
    if (!received) {
        out_ << "  the clinic has received nothing\n";
        return false;
    }
    const Document arrival = event_in(*received);
    out_ << "  the clinic receives:\n";
    show_fhir(std::string{text_in(arrival, "file")});
    const bool is_whole = show_letter(std::string{text_in(arrival, "task")}, source);
    const auto answered = gp_.wait_for(event_with("answer.received", "referral", number), patience);
    if (!answered) {
        out_ << "  no answer came home\n";
        return false;
    }
    const Document answer = event_in(*answered);
    out_ << "  the answer comes home: " << text_in(answer, "type") << ", RF1-1 "
         << text_in(answer, "status") << ' ' << text_in(answer, "note") << '\n';
    show_hl7v2(std::string{text_in(answer, "file")});
    return is_whole;
}

bool Story::show_letter(const std::string& task, const Document& source) {
    bool is_whole = true;
    for (const std::string& letter : letters_in(source)) {
        const std::string digest = to_hex(sha256(letter));
        const auto arrived =
            clinic_.wait_for(event_with("attachment.received", "task", task), patience);
        const bool is_same = arrived && text_in(event_in(*arrived), "sha256") == digest;
        out_ << "  the letter: " << letter.size() << " bytes, SHA-256 " << digest
             << (is_same ? ", the same at both ends\n" : ", NOT THE SAME at the clinic\n");
        is_whole = is_whole && is_same;
    }
    return is_whole;
}

void Story::show_trace(const std::string& message) {
    const auto store = open_reads_();
    const auto deliveries = store->deliveries_of(message);
    const std::string id =
        deliveries.empty() || deliveries[0].referral.empty() ? message : deliveries[0].referral;
    const Trace trace = settled_trace(*store, id);
    out_ << "  the flight recorder (painbridge trace --config " << stage_.config() << ' ' << id
         << "):\n";
    for (const TraceEvent& event : trace) {
        const auto since =
            std::chrono::duration<double, std::milli>(event.at - trace.front().at).count();
        out_ << fmt::format("    {:>+10.3f} ms  {:<10} {}", since, event.stage, event.text);
        for (const TraceMeasure& measure : event.measures) {
            out_ << ' ' << measure.name << '=' << measure.value;
        }
        out_ << '\n';
    }
}

void Story::show_fhir(const std::string& file) {
    Document bundle = read_json(std::make_shared<const std::string>(read_file(file)), names_);
    shorten_values(bundle);
    out_ << indented(write_json(bundle, bundle.root(), JsonStyle::pretty)) << '\n';
}

void Story::show_hl7v2(const std::string& file) {
    std::string text = read_file(file);
    for (char& c : text) {
        c = c == '\r' ? '\n' : c;
    }
    out_ << indented(trimmed(text)) << '\n';
}

}  // namespace gateway
