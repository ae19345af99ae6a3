#include "tests/conformance/fhirpath_suite.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>

#include "gateway/base/failure.h"
#include "gateway/engine/definitions/schema_xml.h"
#include "gateway/engine/fhirpath/evaluation.h"
#include "tests/conformance/fhir_input.h"
#include "tests/conformance/xml_tree.h"

namespace gateway::conformance {
namespace {

struct Expected {
    std::string type;  // empty: any
    std::string text;
};

// conformsTo() for the base definitions, by type alone.
class BaseProfiles final : public PathHost {
public:
    explicit BaseProfiles(const Schema& schema) : schema_(schema) {}

    std::optional<bool> conforms_to(const Value& resource, std::string_view profile) override {
        const TypeId wanted = schema_.find_type_by_url(profile);
        if (wanted == no_type) {
            return std::nullopt;
        }
        return resource.node_type() != no_type && schema_.is_a(resource.node_type(), wanted);
    }

private:
    const Schema& schema_;
};

// As the suite names types: FHIR's, or the System ones with FHIR's spelling.
std::string type_name(const Schema& schema, const Value& value) {
    if (value.is_node()) {
        return value.node_type() == no_type ? "?"
                                            : std::string(schema.type(value.node_type()).name);
    }
    std::string name(name_of(value.type()));
    if (value.type() != ValueType::quantity) {
        name[0] = static_cast<char>(name[0] - 'A' + 'a');
    }
    return name;
}

std::string without_mark(std::string text) {
    if (text.starts_with("@T")) {
        return text.substr(2);
    }
    return text.starts_with('@') ? text.substr(1) : text;
}

bool same_text(const std::string& expected, const std::string& actual) {
    if (without_mark(expected) == actual) {
        return true;
    }
    const auto left = Decimal128::parse(expected);
    const auto right = Decimal128::parse(actual);
    return left && right && left->coefficient() == right->coefficient() &&
           left->scale() == right->scale();
}

class Suite {
public:
    Suite(const SuiteArguments& arguments, SuiteReport& report)
        : report_(report),
          inputs_(arguments.inputs.empty()
                      ? (std::filesystem::path(arguments.path).parent_path() / "input").string()
                      : arguments.inputs) {
        auto names = std::make_shared<NameTable>();
        add_schema_names(*names);
        names_ = std::move(names);
        schema_ = Schema::shipped(names_);
        xml_schema_ = std::make_unique<SchemaXml>(schema_);
    }

    void run(const XmlElement& tests) {
        for (const XmlElement& group : tests.children) {
            if (group.name != "group") {
                continue;
            }
            for (const XmlElement& test : group.children) {
                if (test.name == "test") {
                    run_case(group, test);
                }
            }
        }
    }

private:
    void run_case(const XmlElement& group, const XmlElement& test) {
        Outcome outcome;
        outcome.name =
            std::string(group.attribute("name")) + "/" + std::string(test.attribute("name"));
        try {
            outcome.reason = verdict(test);
        } catch (const std::exception& fault) {
            outcome.reason = fault.what();
        }
        outcome.verdict = outcome.reason.empty() ? Verdict::passed : Verdict::failed;
        report_.add(std::move(outcome));
    }

    // Empty if the case passes.
    std::string verdict(const XmlElement& test) {
        const XmlElement* expression = test.child("expression");
        if (expression == nullptr) {
            return "the case has no expression";
        }
        const std::string_view invalid = expression->attribute("invalid");
        const bool must_fail =
            (!invalid.empty() && invalid != "false") || !test.attribute("invalid").empty();
        try {
            const std::string difference = compare(test, evaluate_case(test, expression->text));
            return must_fail ? "it must be refused, and was not: " + expression->text : difference;
        } catch (const Failure& failure) {
            return must_fail ? std::string{} : std::string(failure.internal());
        }
    }

    struct Result {
        std::string type;
        std::string text;
    };

    std::vector<Result> evaluate_case(const XmlElement& test, const std::string& expression) {
        const Document* document = input(std::string(test.attribute("inputfile")));
        CompileContext compile_context{*names_, schema_.get()};
        compile_context.checks = PathChecks::strict;
        EvaluationContext context;
        BaseProfiles host(*schema_);
        context.set_host(&host);
        context.set_now(SystemClock().now());
        std::string focus_type;
        if (document != nullptr) {
            focus_type = document->child_value(document->root(), "resourceType");
            compile_context.focus_type = focus_type;
            context.set_focus(root_value(*document, schema_.get()));
        }
        const Program program = compile(expression, compile_context);
        std::vector<Result> results;
        const Collection values = evaluate(program, context);
        if (test.attribute("predicate") == "true") {
            const bool is_boolean = values.size() == 1 && values[0].type() == ValueType::boolean;
            results.push_back({"boolean", is_boolean           ? text_of(values[0])
                                          : values.size() != 0 ? "true"
                                                               : "false"});
            return results;
        }
        for (const Value& value : values) {
            results.push_back({type_name(*schema_, value), text_of(value)});
        }
        return results;
    }

    static std::string compare(const XmlElement& test, std::vector<Result> results) {
        std::string shown;
        for (const Result& result : results) {
            shown += " " + result.type + ":" + result.text;
        }
        std::vector<Expected> outputs;
        for (const XmlElement& child : test.children) {
            if (child.name == "output") {
                outputs.push_back({std::string(child.attribute("type")), child.text});
            }
        }
        if (outputs.size() != results.size()) {
            return "expected " + std::to_string(outputs.size()) + " values, got" + shown;
        }
        for (std::size_t index = 0; index < outputs.size(); ++index) {
            const Expected& output = outputs[index];
            const auto found =
                std::find_if(results.begin(), results.end(), [&](const Result& result) {
                    return (output.type.empty() || output.type == result.type) &&
                           same_text(output.text, result.text);
                });
            const bool in_order = test.attribute("ordered") != "false";
            if (found == results.end() || (in_order && found != results.begin())) {
                return "expected " + output.type + ":" + output.text + " at " +
                       std::to_string(index) + ", got" + shown;
            }
            results.erase(found);
        }
        return {};
    }

    const Document* input(const std::string& file) {
        if (file.empty()) {
            return nullptr;
        }
        const auto known = documents_.find(file);
        if (known != documents_.end()) {
            return &known->second;
        }
        Document document = read_resource(inputs_ + "/" + file, *xml_schema_, names_);
        return &documents_.emplace(file, std::move(document)).first->second;
    }

    SuiteReport& report_;
    std::string inputs_;
    std::shared_ptr<const NameTable> names_;
    std::shared_ptr<const Schema> schema_;
    std::unique_ptr<const SchemaXml> xml_schema_;
    std::map<std::string, Document> documents_;
};

}  // namespace

void run_fhirpath_suite(const SuiteArguments& arguments, SuiteReport& report) {
    const XmlElement tests = read_xml(arguments.path);
    Suite(arguments, report).run(tests);
}

}  // namespace gateway::conformance
