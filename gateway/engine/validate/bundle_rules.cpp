#include "gateway/engine/validate/bundle_rules.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

#include "gateway/engine/validate/reference.h"
#include "gateway/format/fhir/primitive.h"

namespace gateway {

namespace {

enum class BundleType {
    document,
    message,
    transaction,
    transaction_response,
    batch,
    batch_response,
    history,
    searchset,
    collection,
    unknown,
};

BundleType bundle_type(std::string_view code) {
    static constexpr std::pair<std::string_view, BundleType> types[] = {
        {"document", BundleType::document},
        {"message", BundleType::message},
        {"transaction", BundleType::transaction},
        {"transaction-response", BundleType::transaction_response},
        {"batch", BundleType::batch},
        {"batch-response", BundleType::batch_response},
        {"history", BundleType::history},
        {"searchset", BundleType::searchset},
        {"collection", BundleType::collection},
    };
    for (const auto& [name, type] : types) {
        if (name == code) {
            return type;
        }
    }
    return BundleType::unknown;
}

bool holds_requests(BundleType type) {
    return type == BundleType::transaction || type == BundleType::batch ||
           type == BundleType::history;
}

bool holds_responses(BundleType type) {
    return type == BundleType::transaction_response || type == BundleType::batch_response ||
           type == BundleType::history;
}

// One walk over the entries of one Bundle.
class BundleCheck {
public:
    BundleCheck(CheckContext& context, NodeId bundle)
        : context_(context),
          bundle_(bundle),
          type_(bundle_type(context.child_value(bundle, context.names().type))) {}

    void run() {
        check_total();
        check_document();
        std::size_t index = 0;
        const Document& document = context_.document;
        for (NodeId child = document.first_child(bundle_); child != no_node;
             child = document.next(child)) {
            if (document.name_id(child) == context_.names().entry) {
                check_entry(child, index++);
            }
        }
        if (index == 0 && (type_ == BundleType::message || type_ == BundleType::document)) {
            check_first(no_node);
        }
    }

private:
    const CheckNames& names() const { return context_.names(); }

    void broken(NodeId at, std::string_view rule, std::string text) {
        context_.findings.error("invariant", at, std::move(text), rule);
    }

    void check_total() {
        if (type_ != BundleType::searchset && type_ != BundleType::history &&
            context_.has_child(bundle_, names().total)) {
            broken(bundle_, "bdl-1", "total is only for searchset and history: leave it out");
        }
    }

    void check_document() {
        if (type_ != BundleType::document) {
            return;
        }
        const NodeId identifier = context_.document.child(bundle_, names().identifier);
        if (identifier == no_node || !context_.has_child(identifier, names().system) ||
            !context_.has_child(identifier, names().value)) {
            broken(bundle_, "bdl-9", "a document needs an identifier with system and value");
        }
        if (!context_.has_child(bundle_, names().timestamp)) {
            broken(bundle_, "bdl-10", "a document needs a timestamp");
        }
    }

    void check_entry(NodeId entry, std::size_t index) {
        const bool has_request = context_.has_child(entry, names().request);
        const bool has_response = context_.has_child(entry, names().response);
        const NodeId resource = context_.document.child(entry, names().resource);
        if (type_ != BundleType::unknown) {
            check_parts(entry, has_request, has_response);
        }
        if (resource == no_node && !has_request && !has_response) {
            broken(entry, "bdl-5", "the entry needs a resource, a request or a response");
        }
        if (index == 0) {
            check_first(entry);
        }
        check_full_url(entry, resource);
    }

    void check_parts(NodeId entry, bool has_request, bool has_response) {
        if (context_.has_child(entry, names().search) && type_ != BundleType::searchset) {
            broken(entry, "bdl-2", "search is only for a searchset: leave it out");
        }
        if (has_request != holds_requests(type_)) {
            broken(entry, "bdl-3",
                   has_request ? "request is only for batch, transaction and history: leave it out"
                               : "each entry of a batch, transaction or history needs a request");
        }
        if (has_response != holds_responses(type_)) {
            broken(entry, "bdl-4",
                   has_response
                       ? "response is only for the answer to a batch or transaction and history: "
                         "leave it out"
                       : "each entry of the answer to a batch or transaction, or of a history, "
                         "needs a response");
        }
    }

    void check_first(NodeId entry) {
        const NodeId resource =
            entry == no_node ? no_node : context_.document.child(entry, names().resource);
        const std::string_view type =
            resource == no_node ? "" : context_.child_value(resource, names().resource_type);
        if (type_ == BundleType::document && type != "Composition") {
            broken(bundle_, "bdl-11", "the first entry of a document must be its Composition");
        }
        if (type_ == BundleType::message && type != "MessageHeader") {
            broken(bundle_, "bdl-12", "the first entry of a message must be its MessageHeader");
        }
    }

    void check_full_url(NodeId entry, NodeId resource) {
        const std::string_view url = context_.child_value(entry, names().full_url);
        if (url.empty()) {
            check_missing_url(entry, resource);
            return;
        }
        if (url.find("/_history/") != std::string_view::npos) {
            broken(entry, "bdl-8",
                   "fullUrl names a resource, not one of its versions: cut off "
                   "/_history/…");
        }
        if (!is_absolute(url)) {
            context_.findings.error("invalid", entry,
                                    "fullUrl must be an absolute url, such as urn:uuid:…");
        } else if (resource != no_node) {
            check_identity(entry, resource, url);
        }
        check_unique(entry, resource, url);
    }

    // Without it nothing in the Bundle can be referred to (R4 bundle.html#references).
    void check_missing_url(NodeId entry, NodeId resource) {
        const bool needed = type_ == BundleType::document || type_ == BundleType::message ||
                            type_ == BundleType::collection;
        if (needed && resource != no_node) {
            context_.findings.error("invalid", entry,
                                    "the entry needs a fullUrl, by which others refer to it");
        }
    }

    // A RESTful fullUrl ends with the type and id of its resource (R4 bundle.html, entry.fullUrl).
    void check_identity(NodeId entry, NodeId resource, std::string_view url) {
        if (!url.starts_with("http")) {
            return;
        }
        const LiteralTarget target = literal_target(url);
        const TypeId type = context_.schema().find_type(target.type);
        if (!context_.schema().is_concrete_resource(type) || fault_of(Primitive::id, target.id)) {
            return;
        }
        const std::string_view id = context_.child_value(resource, names().id);
        const std::string_view actual = context_.child_value(resource, names().resource_type);
        if (!id.empty() && (id != target.id || actual != target.type)) {
            context_.findings.error("invalid", entry,
                                    "fullUrl must end with the type and id of its resource");
        }
    }

    // bdl-7: one entry a fullUrl, or versions that differ; a history repeats them by nature.
    void check_unique(NodeId entry, NodeId resource, std::string_view url) {
        if (type_ == BundleType::history) {
            return;
        }
        const NodeId meta =
            resource == no_node ? no_node : context_.document.child(resource, names().meta);
        const std::string_view version =
            meta == no_node ? "" : context_.child_value(meta, names().version_id);
        if (!seen_.emplace(url, version).second) {
            broken(entry, "bdl-7", "another entry has the same fullUrl: give each its own");
        }
    }

    CheckContext& context_;
    NodeId bundle_;
    BundleType type_;
    std::set<std::pair<std::string_view, std::string_view>> seen_;
};

}  // namespace

BundleScope bundle_scope(const CheckContext& context, NodeId bundle) {
    BundleScope scope;
    const Document& document = context.document;
    for (NodeId child = document.first_child(bundle); child != no_node;
         child = document.next(child)) {
        if (document.name_id(child) == context.names().entry) {
            const std::string_view url = context.child_value(child, context.names().full_url);
            if (!url.empty()) {
                scope.resources_by_full_url.emplace(
                    url, document.child(child, context.names().resource));
            }
        }
    }
    return scope;
}

void check_bundle(CheckContext& context, NodeId bundle) {
    BundleCheck(context, bundle).run();
}

}  // namespace gateway
