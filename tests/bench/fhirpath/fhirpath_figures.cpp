// Measures FHIRPath alone: `fhirpath_figures CASES.json PATIENT.json [EXAMPLES]`. Prints a JSON
// object a line: of each case its name, how many values it gave and the nanoseconds of an
// evaluation (the median of many batches); with a folder of R4 examples also all invariants of R4
// over all of them. beside_npm.mjs runs it beside npm's fhirpath.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/failure.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {
namespace {

constexpr std::size_t batches = 15;
constexpr double batch_seconds_min = 0.02;

struct World {
    std::shared_ptr<const NameTable> names;
    std::shared_ptr<const Schema> schema;

    Document read(const std::filesystem::path& path) const {
        std::ifstream file(path, std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(file), {}};
        if (text.empty()) {
            throw Failure(Category::not_found, path.string() + ": cannot be read, or is empty");
        }
        return read_json(std::make_shared<const std::string>(std::move(text)), names);
    }
};

World make_world() {
    auto names = std::make_shared<NameTable>();
    add_schema_names(*names);
    auto schema = Schema::shipped(names);
    return {names, std::move(schema)};
}

double seconds_since(SteadyTime start) {
    return std::chrono::duration<double>(SystemClock().steady() - start).count();
}

// How long the act takes, once: the median of batches long enough to be measured.
template <class Act>
double median_seconds(const Act& act) {
    std::size_t count = 1;
    for (double took = 0; took < batch_seconds_min; count *= 2) {
        const SteadyTime start = SystemClock().steady();
        for (std::size_t time = 0; time < count; ++time) {
            act();
        }
        took = seconds_since(start);
    }
    std::vector<double> figures;
    for (std::size_t batch = 0; batch < batches; ++batch) {
        const SteadyTime start = SystemClock().steady();
        for (std::size_t time = 0; time < count; ++time) {
            act();
        }
        figures.push_back(seconds_since(start) / static_cast<double>(count));
    }
    std::ranges::nth_element(figures, figures.begin() + batches / 2);
    return figures[batches / 2];
}

void measure_case(const World& world, const Document& cases, NodeId one, const Document& patient) {
    const std::string_view base = cases.child_value(one, "base");
    const std::string_view focus = cases.child_value(one, "focus");
    const Program program = compile(cases.child_value(one, "expression"),
                                    {.names = *world.names,
                                     .schema = world.schema.get(),
                                     .focus_type = base.empty() ? "Patient" : base});
    EvaluationContext context;
    const Value root = root_value(patient, world.schema.get());
    context.set_focus(root);
    if (!focus.empty()) {
        const NodeId node = patient.child(patient.root(), focus);
        context.set_focus(Value::of(patient, node, world.schema->find_type(base)));
    }
    std::size_t values = 0;
    const double seconds = median_seconds([&] { values = evaluate(program, context).size(); });
    std::string name;
    append_json_string(name, cases.child_value(one, "name"));
    std::cout << "{\"name\":" << name << ",\"values\":" << values
              << ",\"nanoseconds\":" << seconds * 1e9 << "}\n";
}

// --- all invariants over all examples

struct Job {
    Value node;
    std::vector<const Program*> programs;
};

class InvariantJobs {
public:
    explicit InvariantJobs(const World& world) : world_(world) {}

    void add(const Document& document) {
        const Value root = root_value(document, world_.schema.get());
        if (root.node_type() != no_type) {
            walk(root, {});
        }
    }

    const std::vector<Job>& jobs() const { return jobs_; }

    std::size_t programs() const { return programs_.size(); }

private:
    void walk(const Value& value, std::span<const Invariant* const> of_element) {
        const Document& document = value.document();
        const Schema& schema = *world_.schema;
        const Type& type = schema.type(value.node_type());
        std::set<const Invariant*> invariants(of_element.begin(), of_element.end());
        invariants.insert(type.invariants.begin(), type.invariants.end());
        Job job{value, {}};
        for (const Invariant* invariant : invariants) {
            if (!invariant->expression.empty()) {
                job.programs.push_back(&program(*invariant));
            }
        }
        jobs_.push_back(std::move(job));
        for (NodeId child = document.first_child(value.node()); child != no_node;
             child = document.next(child)) {
            const ElementMatch match = schema.element(value.node_type(), document.name_id(child));
            if (!match) {
                continue;
            }
            const std::string_view resource = document.resource_type(child);
            const TypeId actual = resource.empty() ? match.type->type : schema.find_type(resource);
            if (actual != no_type) {
                walk(Value::of(document, child, actual), match.element->invariants);
            }
        }
    }

    const Program& program(const Invariant& invariant) {
        auto found = programs_.find(&invariant);
        if (found == programs_.end()) {
            const CompileContext context{.names = *world_.names, .schema = world_.schema.get()};
            found = programs_.emplace(&invariant, compile(invariant.expression, context)).first;
        }
        return found->second;
    }

    const World& world_;
    std::map<const Invariant*, Program> programs_;
    std::vector<Job> jobs_;
};

void measure_invariants(const World& world, const std::filesystem::path& folder) {
    std::vector<std::unique_ptr<Document>> documents;
    InvariantJobs all(world);
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") {
            documents.push_back(std::make_unique<Document>(world.read(entry.path())));
            all.add(*documents.back());
        }
    }
    EvaluationContext context;
    std::size_t evaluations = 0;
    std::size_t faults = 0;
    const double seconds = median_seconds([&] {
        evaluations = 0;
        faults = 0;
        for (const Job& job : all.jobs()) {
            context.set_focus(job.node);
            for (const Program* program : job.programs) {
                ++evaluations;
                try {
                    (void)evaluate_boolean(*program, context);
                } catch (const Failure&) {
                    ++faults;
                }
            }
            context.reset();
        }
    });
    std::cout << "{\"name\":\"R4 invariants\",\"documents\":" << documents.size()
              << ",\"nodes\":" << all.jobs().size() << ",\"expressions\":" << all.programs()
              << ",\"evaluations\":" << evaluations << ",\"faults\":" << faults
              << ",\"seconds\":" << seconds << "}\n";
}

int run(const std::vector<std::string>& words) {
    if (words.size() < 2 || words.size() > 3) {
        std::cerr << "fhirpath_figures CASES.json PATIENT.json [EXAMPLES]\n";
        return 2;
    }
    const World world = make_world();
    const Document cases = world.read(words[0]);
    const Document patient = world.read(words[1]);
    for (const NodeId one : cases.children(cases.root(), "cases")) {
        measure_case(world, cases, one, patient);
    }
    if (words.size() == 3) {
        measure_invariants(world, words[2]);
    }
    return 0;
}

}  // namespace
}  // namespace gateway

int main(int count, char** words) {
    try {
        return gateway::run({words + 1, words + count});
    } catch (const gateway::Failure& failure) {
        std::cerr << failure.what() << '\n';
        return 2;
    }
}
