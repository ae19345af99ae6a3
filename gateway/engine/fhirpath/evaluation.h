// Running a Program over values. An EvaluationContext belongs to one thread; it owns the texts and
// quantities that evaluations make, until `reset`, and is worth keeping: its buffers are reused.
// An expression that cannot go on throws Failure(unprocessable), naming the place in the
// expression; so does one that exceeds a limit (issue code `too-costly`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/engine/fhirpath/program.h"
#include "gateway/engine/fhirpath/value.h"

namespace gateway {

// What an expression may ask of the world around the document. Answers of nothing mean "unknown":
// resolve() yields empty, memberOf(), conformsTo(), subsumes() and slice() a Failure that says so.
class PathHost {
public:
    virtual ~PathHost() = default;

    // The resource that a Reference, canonical or URI at `from` points to (R4
    // fhirpath.html#functions).
    virtual std::optional<Value> resolve(std::string_view reference, const Value& from);

    // Is the code, Coding or CodeableConcept in the value set?
    virtual std::optional<bool> member_of(const Value& coded, std::string_view value_set);

    virtual std::optional<bool> conforms_to(const Value& resource, std::string_view profile);

    // Does the code stand above (or is it the same as) the other of its system?
    virtual std::optional<bool> subsumes(std::string_view system, std::string_view above,
                                         std::string_view below);

    // Is the element in the slice of that name in the StructureDefinition? Nothing: the structure
    // is not known, or has no such slice.
    virtual std::optional<bool> in_slice(const Value& element, std::string_view structure,
                                         std::string_view slice);

    // trace(name): for a log of the embedder's; must not reach a peer.
    virtual void trace(std::string_view name, std::span<const Value> values);

    // A HostFunction of the CompileContext.
    virtual Collection call(std::string_view function, std::span<const Value> focus,
                            std::span<const Collection> arguments);
};

struct PathLimits {
    std::uint64_t steps = 5'000'000;             // nodes visited and operations done
    std::size_t bytes = std::size_t{32} << 20U;  // of texts made and values held
};

class EvaluationContext {
public:
    EvaluationContext();
    ~EvaluationContext();
    EvaluationContext(const EvaluationContext&) = delete;
    EvaluationContext& operator=(const EvaluationContext&) = delete;
    EvaluationContext(EvaluationContext&&) noexcept;
    EvaluationContext& operator=(EvaluationContext&&) noexcept;

    // What the expression starts from, `%context` too.
    void set_focus(const Value& value) { focus_ = Collection{value}; }

    void set_focus(Collection values) { focus_ = std::move(values); }

    const Collection& focus() const { return focus_; }

    // `%name`; `%resource` and `%rootResource` default to the focus' own resource and its
    // container.
    void set_variable(std::string_view name, Collection values);
    void forget_variable(std::string_view name);
    const Collection* variable(std::string_view name) const;

    // The same for one program at a time, where many are run: the values of the next of its
    // CompileContext::variables, from the first on. What is left unbound is looked up by its name.
    void bind(Collection values);

    void forget_bindings() { bound_ = 0; }

    const Collection* bound(std::size_t place) const {
        return place < bound_ ? &bindings_[place] : nullptr;
    }

    void set_now(Instant now) { now_ = now; }

    Instant now() const { return now_; }

    // The offset in which now() and today() speak.
    void set_offset(std::int16_t minutes) { offset_minutes_ = minutes; }

    std::int16_t offset_minutes() const { return offset_minutes_; }

    // Must outlive the context's evaluations.
    void set_host(PathHost* host) { host_ = host; }

    PathHost* host() const { return host_; }

    // Gets every node whose value an evaluation reads (maps keep account of them); null: nobody
    // asks.
    void set_read_log(std::vector<Value>* log) { read_log_ = log; }

    std::vector<Value>* read_log() const { return read_log_; }

    PathLimits limits;

    // Gives up what earlier evaluations made; their values must not be used any more.
    void reset();

    struct Workspace;  // evaluator.h

    Workspace& workspace() { return *workspace_; }

private:
    struct Variable {
        std::string name;
        Collection values;
    };

    Collection focus_;
    std::vector<Variable> variables_;
    std::vector<Collection> bindings_;
    std::size_t bound_ = 0;  // so many of them hold now
    Instant now_{};
    std::int16_t offset_minutes_ = 0;
    PathHost* host_ = nullptr;
    std::vector<Value>* read_log_ = nullptr;
    std::unique_ptr<Workspace> workspace_;
};

Collection evaluate(const Program& program, EvaluationContext& context);

// Singleton evaluation to Boolean (N1 #singleton-evaluation-of-collections): nothing for empty,
// true for a single value that is no Boolean; more than one value is a Failure(unprocessable).
std::optional<bool> evaluate_boolean(const Program& program, EvaluationContext& context);

// The same, empty counting as false: rules and `where`.
bool holds(const Program& program, EvaluationContext& context);

// The texts of the results (`text_of`).
std::vector<std::string> evaluate_texts(const Program& program, EvaluationContext& context);

// A value for the root of a document, with its type where the Schema knows it.
Value root_value(const Document& document, const Schema* schema = nullptr);

}  // namespace gateway
