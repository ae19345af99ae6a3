#include "gateway/format/fhir/message_head.h"

#include <algorithm>
#include <utility>

#include "gateway/format/json/skim.h"

namespace gateway {

namespace {

class HeadScan {
public:
    explicit HeadScan(std::string_view bytes) : bytes_(bytes), skim_(bytes) {}

    FhirMessageHead run() {
        scan_bundle();
        if (skim_.failed()) {
            fail("the body is no JSON: it ends, or breaks off, before its end");
        }
        if (!head_.fault) {
            judge();
        }
        if (head_.fault) {
            FhirMessageHead none;
            none.fault = std::move(head_.fault);
            return none;
        }
        return std::move(head_);
    }

private:
    void fail(std::string text, std::string path = "Bundle") {
        if (!head_.fault) {
            head_.fault =
                Issue{.code = "structure",
                      .path = std::move(path),
                      .text = std::move(text),
                      .source = {},
                      .position = position_at(bytes_, std::min(skim_.at(), bytes_.size()))};
        }
    }

    // Calls `visit` with the name of each member; it must pass the value.
    template <typename Visit>
    void members(std::string_view path, const Visit& visit) {
        if (!skim_.enter_object()) {
            skim_.skip();
            return;
        }
        std::vector<std::string> seen;
        while (auto name = skim_.next_member()) {
            if (std::ranges::find(seen, *name) != seen.end()) {
                fail("an element stands twice here: each name may stand once in an object",
                     std::string{path});
            }
            visit(*name);
            seen.push_back(std::move(*name));
        }
    }

    template <typename Visit>
    void elements(const Visit& visit) {
        if (!skim_.enter_array()) {
            skim_.skip();
            return;
        }
        for (std::size_t i = 0; skim_.next_element(); ++i) {
            visit(i);
        }
    }

    void text_into(std::string& out) { out = skim_.string().value_or(""); }

    void scan_bundle() {
        members("Bundle", [this](std::string_view name) {
            if (name == "resourceType") {
                text_into(bundle_type_);
            } else if (name == "type") {
                text_into(type_);
            } else if (name == "id") {
                text_into(head_.bundle);
            } else if (name == "entry") {
                elements([this](std::size_t index) { scan_entry(index); });
            } else {
                skim_.skip();
            }
        });
    }

    void scan_entry(std::size_t index) {
        members("Bundle.entry", [this, index](std::string_view name) {
            name == "resource" ? scan_resource(index) : skim_.skip();
        });
    }

    // Goes over it once for its type and, where it matters, once more for what it says.
    void scan_resource(std::size_t index) {
        const std::size_t begin = skim_.at();
        const std::string type = type_of_resource();
        skim_.go_back(begin);
        if (index == 0 && type == "MessageHeader") {
            has_header_ = true;
            scan_header();
        } else if (type == "Patient" && !head_.patient) {
            scan_patient();
        } else {
            skim_.skip();
        }
    }

    std::string type_of_resource() {
        std::string type;
        if (skim_.enter_object()) {
            while (const auto name = skim_.next_member()) {
                if (*name == "resourceType") {
                    return skim_.string().value_or("");
                }
                skim_.skip();
            }
        }
        return type;
    }

    void scan_header() {
        members("Bundle.entry[0].resource", [this](std::string_view name) {
            if (name == "id") {
                text_into(head_.id);
            } else if (name == "eventCoding") {
                scan_event();
            } else if (name == "eventUri") {
                text_into(head_.event);
                head_.is_event_uri = true;
            } else if (name == "source") {
                scan_endpoint(head_.source);
            } else if (name == "destination") {
                elements([this](std::size_t) { scan_endpoint(head_.destinations.emplace_back()); });
            } else if (name == "sender") {
                scan_sender();
            } else {
                skim_.skip();
            }
        });
    }

    void scan_event() {
        members("Bundle.entry[0].resource.eventCoding", [this](std::string_view name) {
            if (name == "system") {
                text_into(head_.event_system);
            } else if (name == "code") {
                text_into(head_.event);
            } else {
                skim_.skip();
            }
        });
    }

    void scan_endpoint(std::string& out) {
        members("Bundle.entry[0].resource",
                [&](std::string_view name) { name == "endpoint" ? text_into(out) : skim_.skip(); });
    }

    void scan_sender() {
        std::string reference;
        FhirMessageHead::Identifier identifier;
        members("Bundle.entry[0].resource.sender", [&](std::string_view name) {
            if (name == "reference") {
                text_into(reference);
            } else if (name == "identifier") {
                scan_identifier(identifier);
            } else {
                skim_.skip();
            }
        });
        head_.sender = identifier.value.empty() ? reference : identifier.value;
    }

    void scan_identifier(FhirMessageHead::Identifier& out) {
        members("Bundle.entry.resource.identifier", [&](std::string_view name) {
            if (name == "system") {
                text_into(out.system);
            } else if (name == "value") {
                text_into(out.value);
            } else {
                skim_.skip();
            }
        });
    }

    void scan_patient() {
        members("Bundle.entry.resource", [this](std::string_view name) {
            if (name != "identifier") {
                skim_.skip();
                return;
            }
            elements([this](std::size_t) {
                FhirMessageHead::Identifier found;
                scan_identifier(found);
                if (!head_.patient && !found.value.empty()) {
                    head_.patient = std::move(found);
                }
            });
        });
    }

    // R4 bundle.html#message, constraint bdl-12.
    void judge() {
        if (bundle_type_ != "Bundle") {
            fail("the body must be a Bundle in FHIR's JSON form");
        } else if (type_ != "message") {
            fail("Bundle.type must be message", "Bundle.type");
        } else if (!has_header_) {
            fail("the first entry of a message must be its MessageHeader", "Bundle.entry[0]");
        }
        if (head_.fault) {
            head_.fault->position = {};
        }
    }

    std::string_view bytes_;
    JsonSkim skim_;
    FhirMessageHead head_;
    std::string bundle_type_;
    std::string type_;
    bool has_header_ = false;
};

}  // namespace

FhirMessageHead scan_message_head(std::string_view bytes) {
    return HeadScan(bytes).run();
}

}  // namespace gateway
