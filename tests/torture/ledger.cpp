#include "tests/torture/ledger.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "gateway/base/text.h"

namespace gateway::torture {

namespace {

// When it is right that something comes once more: its answer was lost, or with its gateway the
// memory of it; and not that either, once all was done twice.
class Needs final {
public:
    void start() { known_.clear(); }

    void lose_answer(const At& arrival) { known_.erase(arrival); }

    void drain(const Ledger& ledger) {
        ++drains_;
        for (const auto& [number, sent] : ledger.sent) {
            done_at_.try_emplace(number, drains_);
        }
    }

    bool takes(const At& arrival) {
        const auto done = done_at_.find(arrival.number);
        const bool is_long_done = done != done_at_.end() && done->second < drains_;
        return known_.insert(arrival).second && !is_long_done;
    }

private:
    std::set<At> known_;  // taken from the gateway that runs, and answered
    std::size_t drains_ = 0;
    std::map<std::string, std::size_t> done_at_;
};

Ledger::Sent sent_to(std::istringstream& words) {
    Ledger::Sent sent;
    std::string places;
    words >> places >> sent.digest;
    for (const std::string_view place : split(places, ',')) {
        sent.places.emplace_back(place);
    }
    if (sent.digest == "-") {
        sent.digest.clear();
    }
    return sent;
}

class LedgerReader final {
public:
    void read(const std::string& line) {
        std::istringstream words(line);
        std::string event;
        std::string number;
        words >> event >> number;
        if (event == "sent") {
            ledger_.sent[number] = sent_to(words);
        } else if (event == "acked") {
            ledger_.acknowledged.push_back(number);
        } else if (event == "took") {
            take(number, words);
        } else if (event == "answered") {
            ledger_.answered.insert(number);
        } else if (event == "heard") {
            ledger_.heard_as[number].insert(rest_of(words));
        } else if (event.starts_with("refused")) {
            ledger_.refusals.push_back(line);
        } else {
            read_need(event, number, words);
        }
    }

    Ledger ledger() && { return std::move(ledger_); }

private:
    static std::string rest_of(std::istringstream& words) {
        std::string rest;
        std::getline(words, rest);
        return rest;
    }

    void take(const std::string& number, std::istringstream& words) {
        At arrival{.place = {}, .number = number};
        words >> arrival.place;
        if (!needs_.takes(arrival)) {
            ledger_.needless.push_back(arrival);
        }
        ledger_.taken.push_back(arrival);
        ledger_.taken_as[arrival].insert(rest_of(words));
    }

    void read_need(const std::string& event, const std::string& number, std::istringstream& words) {
        if (event == "started") {
            needs_.start();
        } else if (event == "drained") {
            needs_.drain(ledger_);
        } else if (event == "unanswered") {
            std::string place;
            words >> place;
            needs_.lose_answer({place, number});
        }
    }

    Ledger ledger_;
    Needs needs_;
};

// TORT-2-0017: the seventeenth of the third patient.
std::string patient_of(const std::string& number) {
    return number.substr(0, number.rfind('-'));
}

// An AE, or CE in its place, may be temporary, and its sender tries again; nothing else may.
bool is_temporary(const std::string& refusal) {
    return refusal.find(" AE ") != std::string::npos || refusal.find(" CE ") != std::string::npos;
}

void check_refusals(const Ledger& ledger, Refusals allowed, Findings& findings) {
    for (const std::string& refusal : ledger.refusals) {
        if (allowed == Refusals::none || !is_temporary(refusal)) {
            findings.push_back("a message was refused: " + refusal);
        }
    }
}

void check_arrivals(const Ledger& ledger, Findings& findings) {
    for (const std::string& number : ledger.acknowledged) {
        const Ledger::Sent& sent = ledger.sent.at(number);
        for (const std::string& place : sent.places) {
            const auto found = ledger.taken_as.find({place, number});
            if (found == ledger.taken_as.end()) {
                findings.push_back(
                    fmt::format("{} was acknowledged and did not arrive at {}", number, place));
            } else if (!sent.digest.empty() && !found->second.begin()->ends_with(sent.digest)) {
                findings.push_back(fmt::format("{} was changed on its way to {}", number, place));
            }
        }
    }
}

void check_order(const Ledger& ledger, Findings& findings) {
    std::map<At, std::string> last;  // by place and patient
    std::set<At> seen;
    for (const At& arrival : ledger.taken) {
        if (!seen.insert(arrival).second) {
            continue;
        }
        std::string& before = last[{arrival.place, patient_of(arrival.number)}];
        if (arrival.number < before) {
            findings.push_back(
                fmt::format("{} arrived after {} at {}", arrival.number, before, arrival.place));
        }
        before = arrival.number;
    }
}

void check_once(const std::string& what, const std::set<std::string>& versions,
                Findings& findings) {
    if (versions.size() != 1) {
        findings.push_back(fmt::format("{} took effect {} times", what, versions.size()));
    }
}

void check_repeats(const Ledger& ledger, Findings& findings) {
    for (const auto& [arrival, versions] : ledger.taken_as) {
        check_once(fmt::format("{} at {}", arrival.number, arrival.place), versions, findings);
    }
    for (const auto& [number, versions] : ledger.heard_as) {
        check_once("the answer to " + number, versions, findings);
    }
    for (const At& repeat : ledger.needless) {
        findings.push_back(
            fmt::format("{} came to {} once more without need", repeat.number, repeat.place));
    }
}

}  // namespace

Ledger read_ledger(const std::string& file) {
    LedgerReader reader;
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        reader.read(line);
    }
    return std::move(reader).ledger();
}

Findings check(const Ledger& ledger, Refusals refusals) {
    Findings findings;
    check_arrivals(ledger, findings);
    for (const std::string& number : ledger.answered) {
        if (!ledger.heard_as.contains(number)) {
            findings.push_back("the answer to " + number + " was acknowledged and not heard of");
        }
    }
    check_repeats(ledger, findings);
    check_order(ledger, findings);
    check_refusals(ledger, refusals, findings);
    return findings;
}

}  // namespace gateway::torture
