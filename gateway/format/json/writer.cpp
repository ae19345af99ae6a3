#include "gateway/format/json/writer.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "gateway/format/json/text_sink.h"

namespace gateway {

namespace {

constexpr std::size_t depth_max = 1000;
constexpr std::size_t expected_bytes_per_node = 40;
constexpr std::size_t no_run = static_cast<std::size_t>(-1);

// Siblings of one name that stand together. Runs of one name that do not stand together are chained
// by `more`; all but the first of a chain are `chained`.
struct Run {
    NameId name = 0;
    NodeId first = no_node;
    NodeId last = no_node;
    std::size_t more = no_run;
    bool chained = false;
};

class JsonPrinter {
public:
    JsonPrinter(const Document& document, JsonStyle style)
        : document_(document),
          pretty_(style == JsonStyle::pretty),
          resource_type_(document.find_name("resourceType")),
          sink_(document.node_count() * expected_bytes_per_node + 64) {}

    void print(NodeId node) {
        if (document_.kind(node) == ValueKind::none) {
            print_object(node);
        } else {
            print_value(node);
        }
    }

    std::string take() {
        if (pretty_) {
            sink_.put('\n');
        }
        return sink_.take();
    }

private:
    void print_object(NodeId node) {
        if (++depth_ > depth_max) {
            throw std::logic_error("a document to be written as JSON is nested too deep");
        }
        sink_.put('{');
        const std::size_t begin = runs_.size();
        collect_runs(node);
        chain_runs(begin);
        bool first = true;
        const std::size_t head = resource_type_run(begin);
        if (head != no_run) {
            print_member(head, first);
        }
        for (std::size_t i = begin; i < runs_.size(); ++i) {
            if (!runs_[i].chained && i != head) {
                print_member(i, first);
            }
        }
        runs_.resize(begin);
        --depth_;
        if (!first) {
            new_line();
        }
        sink_.put('}');
    }

    void collect_runs(NodeId node) {
        Run run;
        for (NodeId at = document_.first_child(node); at != no_node; at = document_.next(at)) {
            const NameId name = document_.name_id(at);
            if (run.first != no_node && run.name == name) {
                run.last = at;
                continue;
            }
            if (run.first != no_node) {
                runs_.push_back(run);
            }
            run.name = name;
            run.first = run.last = at;
        }
        if (run.first != no_node) {
            runs_.push_back(run);
        }
    }

    // Objects have few members: compare all with all. Wide ones are told apart by a table.
    void chain_runs(std::size_t begin) {
        constexpr std::size_t few = 32;
        if (runs_.size() - begin > few) {
            chain_many_runs(begin);
            return;
        }
        for (std::size_t i = begin + 1; i < runs_.size(); ++i) {
            for (std::size_t j = i; j-- > begin;) {
                if (runs_[j].name == runs_[i].name) {
                    runs_[j].more = i;
                    runs_[i].chained = true;
                    break;
                }
            }
        }
    }

    void chain_many_runs(std::size_t begin) {
        std::unordered_map<NameId, std::size_t> latest;
        for (std::size_t i = begin; i < runs_.size(); ++i) {
            const auto [known, is_new] = latest.try_emplace(runs_[i].name, i);
            if (!is_new) {
                runs_[known->second].more = i;
                runs_[i].chained = true;
                known->second = i;
            }
        }
    }

    std::size_t resource_type_run(std::size_t begin) const {
        if (!resource_type_) {
            return no_run;
        }
        for (std::size_t i = begin; i < runs_.size(); ++i) {
            if (runs_[i].name == *resource_type_) {
                return i;
            }
        }
        return no_run;
    }

    // Calls `visit` for each node of the run and of those chained to it.
    template <typename Visit>
    void for_each(std::size_t run, Visit visit) const {
        for (std::size_t i = run; i != no_run; i = runs_[i].more) {
            const NodeId last = runs_[i].last;
            for (NodeId at = runs_[i].first;; at = document_.next(at)) {
                visit(at);
                if (at == last) {
                    break;
                }
            }
        }
    }

    // What the nodes of one name hold together.
    struct Contents {
        std::size_t count = 0;
        bool repeats = false;
        bool objects = false;     // some object that is not empty
        bool primitives = false;  // some primitive
        bool values = false;      // some primitive with a value
        bool companions = false;  // some primitive with children
    };

    Contents contents_of(std::size_t run) const {
        Contents contents;
        for_each(run, [&](NodeId node) {
            ++contents.count;
            contents.repeats |= document_.repeats(node);
            if (document_.kind(node) == ValueKind::none) {
                contents.objects |= !is_blank(node);
                return;
            }
            contents.primitives = true;
            contents.values |= document_.has_value(node);
            contents.companions |= has_companion(node);
        });
        return contents;
    }

    bool has_companion(NodeId node) const {
        return document_.kind(node) != ValueKind::none && !has_blank_children(node);
    }

    bool is_blank(NodeId node) const {
        return document_.kind(node) == ValueKind::none && has_blank_children(node);
    }

    // Nothing below that would be written. Looks on only while everything is empty.
    bool has_blank_children(NodeId node) const {
        for (NodeId at = document_.first_child(node); at != no_node; at = document_.next(at)) {
            if (!is_blank(at)) {
                return false;
            }
        }
        return true;
    }

    void print_member(std::size_t run, bool& first) {
        const Contents contents = contents_of(run);
        const std::string_view name = document_.name_text(runs_[run].name);
        if (contents.repeats || contents.count > 1) {
            print_array_member(run, contents, name, first);
            return;
        }
        const NodeId node = runs_[run].first;
        if (contents.objects) {
            print_name(name, "", first);
            print_object(node);
        } else if (contents.primitives) {
            if (contents.values || !contents.companions) {
                print_name(name, "", first);
                print_value(node);
            }
            if (contents.companions) {
                print_name(name, "_", first);
                print_object(node);
            }
        }
    }

    void print_array_member(std::size_t run, const Contents& contents, std::string_view name,
                            bool& first) {
        if (contents.objects || contents.values) {
            print_name(name, "", first);
            print_array(run, [this](NodeId node) {
                if (document_.kind(node) == ValueKind::none) {
                    return is_blank(node) ? Item::left_out : Item::object;
                }
                return Item::value;
            });
        }
        if (contents.companions) {
            print_name(name, "_", first);
            print_array(run, [this](NodeId node) {
                return has_companion(node) ? Item::object : Item::gap;
            });
        }
    }

    enum class Item { object, value, gap, left_out };

    template <typename Choose>
    void print_array(std::size_t run, Choose choose) {
        sink_.put('[');
        ++depth_;
        bool first = true;
        for_each(run, [&](NodeId node) {
            const Item item = choose(node);
            if (item == Item::left_out) {
                return;
            }
            if (!first) {
                sink_.put(',');
            }
            first = false;
            new_line();
            print_item(node, item);
        });
        --depth_;
        new_line();
        sink_.put(']');
    }

    void print_item(NodeId node, Item item) {
        if (item == Item::object) {
            print_object(node);
        } else if (item == Item::value) {
            print_value(node);
        } else {
            sink_.put("null");
        }
    }

    void print_name(std::string_view name, std::string_view prefix, bool& first) {
        if (!first) {
            sink_.put(',');
        }
        first = false;
        new_line();
        if (prefix.empty()) {
            put_json_string(sink_, name);
        } else {
            put_json_string(sink_, std::string{prefix}.append(name));
        }
        sink_.put(pretty_ ? std::string_view{": "} : std::string_view{":"});
    }

    void print_value(NodeId node) {
        switch (document_.kind(node)) {
            case ValueKind::string:
                put_json_string(sink_, document_.value(node));
                return;
            case ValueKind::number:
            case ValueKind::boolean:
                sink_.put(document_.value(node));
                return;
            case ValueKind::null:
            case ValueKind::none:
                sink_.put("null");
                return;
        }
    }

    void new_line() {
        if (!pretty_) {
            return;
        }
        char* to = sink_.room(1 + 2 * depth_);
        *to = '\n';
        std::fill_n(to + 1, 2 * depth_, ' ');
        sink_.commit(1 + 2 * depth_);
    }

    const Document& document_;
    bool pretty_;
    std::optional<NameId> resource_type_;
    TextSink sink_;
    std::vector<Run> runs_;  // of all open objects, innermost last
    std::size_t depth_ = 0;
};

}  // namespace

std::string write_json(const Document& document, NodeId node, JsonStyle style) {
    JsonPrinter printer(document, style);
    printer.print(node);
    return printer.take();
}

void append_json_string(std::string& out, std::string_view text) {
    TextSink sink(text.size() + 32);
    put_json_string(sink, text);
    out += sink.take();
}

}  // namespace gateway
