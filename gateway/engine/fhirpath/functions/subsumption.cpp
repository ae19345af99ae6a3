// subsumes() and subsumedBy() (R4 fhirpath.html#functions): the same code of the same system always
// does; what stands above what else, the host knows. Codings of different systems have no relation
// that is defined here: that is a fault, as the specification asks, where it would decide.
#include <array>
#include <string>
#include <vector>

#include "gateway/engine/fhirpath/evaluator.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"

namespace gateway {
namespace {

struct CodedConcept {
    std::string_view system;
    std::string_view code;
};

// Of a CodeableConcept its codings, of a Coding itself; nothing for anything else.
std::vector<CodedConcept> codings_of(const Value& value) {
    std::vector<CodedConcept> codings;
    if (!value.is_node()) {
        return codings;
    }
    const Document& document = value.document();
    for (const NodeId coding : document.children(value.node(), "coding")) {
        codings.push_back(
            {document.child_value(coding, "system"), document.child_value(coding, "code")});
    }
    if (document.child(value.node(), "code") != no_node) {
        codings.push_back({document.child_value(value.node(), "system"),
                           document.child_value(value.node(), "code")});
    }
    return codings;
}

enum class Answer { no, yes, unknown };

Answer ask(PathHost* host, const CodedConcept& above, const CodedConcept& below) {
    if (above.code.empty() || below.code.empty() || above.system.empty() ||
        above.system != below.system) {
        return Answer::unknown;
    }
    if (above.code == below.code) {
        return Answer::yes;
    }
    const auto known =
        host == nullptr ? std::nullopt : host->subsumes(above.system, above.code, below.code);
    if (!known) {
        return Answer::unknown;
    }
    return *known ? Answer::yes : Answer::no;
}

// Any coding of the one above any of the other. A pair that nobody can judge decides only where no
// pair could be judged.
Answer subsumption(PathHost* host, const std::vector<CodedConcept>& above,
                   const std::vector<CodedConcept>& below) {
    Answer answer = Answer::unknown;
    for (const CodedConcept& upper : above) {
        for (const CodedConcept& lower : below) {
            const Answer pair = ask(host, upper, lower);
            if (pair == Answer::yes) {
                return Answer::yes;
            }
            answer = pair == Answer::no ? Answer::no : answer;
        }
    }
    return answer;
}

enum class Side { focus_above, focus_below };

template <Side side>
void run_subsumption(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto focus = evaluator.single(step, begin);
    const std::size_t middle = evaluator.size();
    evaluator.run_operand(step.arguments[0], scope);
    const auto other = evaluator.single(evaluator.code()[step.arguments[0]], middle);
    evaluator.drop_to(begin);
    if (!focus || !other) {
        return;
    }
    const auto focus_codings = codings_of(*focus);
    const auto other_codings = codings_of(*other);
    if (focus_codings.empty() || other_codings.empty()) {
        evaluator.fail(step, step.text +
                                 "() compares a Coding or CodeableConcept with another, and one "
                                 "of the two is none, or has no code");
    }
    PathHost* host = evaluator.context().host();
    const Answer answer = side == Side::focus_above
                              ? subsumption(host, focus_codings, other_codings)
                              : subsumption(host, other_codings, focus_codings);
    if (answer == Answer::unknown) {
        evaluator.fail(step, step.text +
                                 "() cannot be answered here: how these codes, or their systems, "
                                 "stand to each other is not known");
    }
    evaluator.push(answer == Answer::yes);
}

constexpr std::array table{
    PathFunction{"subsumes", 1, 1, run_subsumption<Side::focus_above>, ResultType::boolean},
    PathFunction{"subsumedBy", 1, 1, run_subsumption<Side::focus_below>, ResultType::boolean},
};

}  // namespace

std::span<const PathFunction> subsumption_functions() {
    return table;
}

}  // namespace gateway
