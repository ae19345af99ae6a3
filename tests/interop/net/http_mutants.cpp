#include "tests/interop/net/http_mutants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <set>

#include "tests/interop/net/http_oddities.h"

namespace gateway {

using namespace std::string_literals;

const std::string smuggled_request = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";

namespace {

using Random = std::mt19937;

struct Line {
    std::string name;
    std::string value;
    std::string colon = ": ";
    std::string end = "\r\n";
};

struct Chunk {
    std::string size;
    std::string data;
    std::string size_end = "\r\n";
    std::string data_end = "\r\n";
};

// A request in its parts, each of which a rule may replace.
struct Draft {
    std::string name;
    std::string before = {};
    std::string method = "POST";
    std::string target = "/fhir/Task";
    std::string version = "HTTP/1.1";
    std::string gap = " ";
    std::string start_end = "\r\n";
    std::vector<Line> fields = {{"Host", "localhost"}, {"Accept", "*/*"}};
    std::string blank = "\r\n";
    std::string body = {};
    std::vector<Chunk> chunks = {};
    std::string last_chunk = {};
    std::string trailers = {};
    std::string end = {};

    Line* find(std::string_view wanted) {
        const auto at = std::ranges::find(fields, wanted, &Line::name);
        return at == fields.end() ? nullptr : &*at;
    }

    std::string wire() const {
        std::string bytes = before + method + gap + target + gap + version + start_end;
        for (const Line& line : fields) {
            bytes += line.name + line.colon + line.value + line.end;
        }
        bytes += blank + body;
        for (const Chunk& chunk : chunks) {
            bytes += chunk.size + chunk.size_end + chunk.data + chunk.data_end;
        }
        return bytes + last_chunk + trailers + end;
    }
};

const std::string body_length = std::to_string(smuggled_request.size());

Draft with_length() {
    Draft draft{.name = "length"};
    draft.fields.push_back({"Content-Length", body_length});
    draft.body = smuggled_request;
    return draft;
}

Draft with_chunks() {
    Draft draft{.name = "chunked"};
    draft.fields.push_back({"Transfer-Encoding", "chunked"});
    draft.chunks = {{"5", "hello"},
                    {fmt::format("{:x}", smuggled_request.size()), smuggled_request}};
    draft.last_chunk = "0\r\n";
    draft.end = "\r\n";
    return draft;
}

Draft without_body() {
    Draft draft{.name = "get"};
    draft.method = "GET";
    return draft;
}

// One rule: what its nth variant does to a draft.
struct Rule {
    std::string name;
    std::size_t variants;
    std::function<void(Draft&, std::size_t)> apply;
};

// Values of a part.
Rule part(const std::string& name, Texts values, std::string Draft::*member) {
    const std::size_t count = values.size();
    return {name, count, [values = std::move(values), member](Draft& draft, std::size_t variant) {
                draft.*member = values[variant];
            }};
}

// A further field line, behind the others or before them.
Rule further(const std::string& name, std::vector<Line> lines) {
    const std::size_t count = 2 * lines.size();
    return {name, count, [lines = std::move(lines)](Draft& draft, std::size_t variant) {
                const Line& line = lines[variant / 2];
                draft.fields.insert(variant % 2 == 0 ? draft.fields.begin() : draft.fields.end(),
                                    line);
            }};
}

// Values of a field that the draft has; where it has none, the field is added.
Rule value_of(const std::string& field, Texts values) {
    const std::size_t count = values.size();
    return {field + " value", count,
            [field, values = std::move(values)](Draft& draft, std::size_t variant) {
                if (Line* line = draft.find(field)) {
                    line->value = values[variant];
                } else {
                    draft.fields.push_back({field, values[variant]});
                }
            }};
}

// A change to a line that the draft has, or to its last.
Rule line_of(const std::string& field, const std::string& name,
             std::vector<std::function<void(Line&)>> changes) {
    const std::size_t count = changes.size();
    return {field + " " + name, count,
            [field, changes = std::move(changes)](Draft& draft, std::size_t variant) {
                Line* line = draft.find(field);
                changes[variant](line != nullptr ? *line : draft.fields.back());
            }};
}

Rule chunk_size() {
    Texts values = odd_chunk_sizes();
    const std::size_t count = values.size();
    return {"chunk size", count, [values = std::move(values)](Draft& draft, std::size_t variant) {
                if (!draft.chunks.empty()) {
                    draft.chunks.front().size = values[variant];
                }
            }};
}

Rule chunk_end(const std::string& name, std::string Chunk::*member) {
    Texts values = {"\n", "\r", "", "\r\r\n", "\n\r", "\r\n\r\n", " \r\n", "XX", "\r\nX", "\v\r\n"};
    const std::size_t count = values.size();
    return {name, count, [values = std::move(values), member](Draft& draft, std::size_t variant) {
                if (!draft.chunks.empty()) {
                    draft.chunks.front().*member = values[variant];
                }
            }};
}

Rule trailers_of_chunks() {
    Texts values = odd_trailers();
    const std::size_t count = values.size();
    return {"trailers", count, [values = std::move(values)](Draft& draft, std::size_t variant) {
                if (!draft.chunks.empty()) {
                    draft.trailers = values[variant];
                }
            }};
}

// For lines: how they may end, and what may stand in them.
std::vector<std::function<void(Line&)>> line_changes() {
    std::vector<std::function<void(Line&)>> changes;
    for (const std::string& end :
         Texts{"\n", "\r", "\r\r\n", "\n\r\n", "\r\n\r\n", "", "\0\r\n"s, "\r\n \r\n", "\r\n\t\r\n",
               "\r\n folded\r\n", "\r\n\tfolded\r\n", " \r\n", "\v\r\n", "\r\nX: y\n"}) {
        changes.emplace_back([end](Line& line) { line.end = end; });
    }
    for (const std::string& colon : Texts{":", " : ", "\t: ", " :", ":\t", ": \t ", "", " ", "=",
                                          ":: ", "\0: "s, ":\r\n ", ":\n ", "\v:", "\r: ", ":\v"}) {
        changes.emplace_back([colon](Line& line) { line.colon = colon; });
    }
    for (const std::string& prefix :
         Texts{" ", "\t", "\0"s, "\r", "\n", "\xEF\xBB\xBF", "X ", ":"}) {
        changes.emplace_back([prefix](Line& line) { line.name.insert(0, prefix); });
    }
    changes.emplace_back([](Line& line) { std::ranges::replace(line.name, '-', '_'); });
    changes.emplace_back([](Line& line) { std::ranges::replace(line.name, '-', ' '); });
    changes.emplace_back([](Line& line) {
        std::ranges::transform(line.name, line.name.begin(), [](char c) {
            return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
        });
    });
    changes.emplace_back([](Line& line) { line.name += "\xC2\xA0"; });
    changes.emplace_back([](Line& line) { line.name = ""; });
    return changes;
}

Rule many_fields() {
    constexpr std::array<std::size_t, 5> counts = {50, 97, 98, 101, 150};
    return {"field count", counts.size(), [counts](Draft& draft, std::size_t variant) {
                for (std::size_t i = 0; i < counts[variant]; ++i) {
                    draft.fields.push_back({"X-" + std::to_string(i), "1"});
                }
            }};
}

std::vector<Line> rival_fields() {
    const std::string coding = "Transfer-Encoding";
    const std::string length = "Content-Length";
    return {{length, body_length},
            {length, "0"},
            {length, "5"},
            {length, "1000"},
            {"content-length", body_length},
            {"Content_Length", "5"},
            {"Content-Length ", "5", ": "},
            {"Content-Length\t", "5", ": "},
            {"Content-Length", "5", " : "},
            {"X\r\nContent-Length", "5"},
            {"X\nContent-Length", "5"},
            {"X: y\rContent-Length", "5"},
            {"X: y\nTransfer-Encoding", "chunked"},
            {"X: y\rTransfer-Encoding", "chunked"},
            {coding, "chunked"},
            {coding, "identity"},
            {coding, "gzip"},
            {coding, ""},
            {coding, "xchunked"},
            {coding, " chunked", ":"},
            {coding, "chunked", " : "},
            {coding, "\vchunked"},
            {coding, "chunked", ":\r\n "},
            {"transfer-encoding", "Chunked"},
            {"Transfer_Encoding", "chunked"},
            {" Transfer-Encoding", "chunked"},
            {"Transfer-Encoding\0"s, "chunked"},
            {"TE", "chunked"},
            {"TE", "trailers"},
            {"Trailer", "Content-Length"}};
}

std::vector<Line> other_fields() {
    return {{"Connection", "close"},
            {"Connection", "keep-alive"},
            {"Connection", "Content-Length"},
            {"Connection", "Transfer-Encoding"},
            {"Connection", "close, Content-Length"},
            {"Connection", "Host"},
            {"Connection", "Upgrade"},
            {"Connection", "upgrade, HTTP2-Settings"},
            {"Proxy-Connection", "keep-alive"},
            {"Keep-Alive", "timeout=5"},
            {"Upgrade", "h2c"},
            {"Upgrade", "websocket"},
            {"Expect", "100-continue"},
            {"Expect", "100-Continue"},
            {"Expect", " 100-continue "},
            {"Expect", "100-continue, x"},
            {"Expect", "200-ok"},
            {"Expect", ""},
            {"Host", "localhost"},
            {"Host", "evil.example"},
            {"host", "localhost:80"},
            {"X-HTTP-Method-Override", "GET"},
            {"Content-Encoding", "gzip"},
            {"Range", "bytes=0-4"},
            {"X", std::string(9'000, 'x')},
            {"X", std::string(33'000, 'x')},
            {std::string(300, 'n'), "x"},
            {"X", "caf\xC3\xA9"},
            {"X", "\x01"},
            {"X", "\x7F"},
            {"X", "\0"s}};
}

std::vector<Rule> rules() {
    const Texts ends = {"\n",      "\r",    "",          "\r\r\n", "\n\r\n", "\r\n\r\n",
                        "\0\r\n"s, " \r\n", "\r\n \r\n", "\n\n",   "\r\n\n"};
    return {
        value_of("Content-Length", odd_lengths(body_length)),
        value_of("Transfer-Encoding", odd_codings()),
        further("rival field", rival_fields()),
        further("field", other_fields()),
        line_of("Content-Length", "line", line_changes()),
        line_of("Transfer-Encoding", "line", line_changes()),
        line_of("Host", "line", line_changes()),
        line_of("Accept", "line", line_changes()),
        value_of("Host", odd_hosts()),
        {"no Host", 1, [](Draft& draft, std::size_t) { draft.fields.erase(draft.fields.begin()); }},
        many_fields(),
        chunk_size(),
        chunk_end("chunk line end", &Chunk::size_end),
        chunk_end("chunk data end", &Chunk::data_end),
        part("last chunk", odd_last_chunks(), &Draft::last_chunk),
        trailers_of_chunks(),
        part("end", {"\n", "\r", "", "\r\n\r\n", "X", "\r\nX", "\n\n", "\r\n\n", " \r\n"},
             &Draft::end),
        part("target", odd_targets(), &Draft::target),
        part("method", odd_methods(), &Draft::method),
        part("version", odd_versions(), &Draft::version),
        part("gap", {"  ", "\t", "", " \t", "\v", "\r", "\0"s, "\xC2\xA0"}, &Draft::gap),
        part("start line end", ends, &Draft::start_end),
        part("blank line", ends, &Draft::blank),
        part("before",
             {"\r\n", "\n", "\r", "\r\n\r\n", "\r\n\r\n\r\n\r\n", " ", "\t", "\0"s, "X", "\r\n ",
              "\n\n", "\xEF\xBB\xBF", "0\r\n\r\n"},
             &Draft::before)};
}

// What befalls bytes wherever they stand.
void shake(std::string& bytes, Random& random) {
    const std::size_t at = random() % bytes.size();
    const std::size_t size = 1 + random() % 12;
    constexpr std::string_view telling("\r\n\0\t :;,0aF\v\x80", 14);
    switch (random() % 6) {
        case 0:
            bytes[at] = telling[random() % telling.size()];
            break;
        case 1:
            bytes.insert(at, 1, telling[random() % telling.size()]);
            break;
        case 2:
            bytes.erase(at, 1);
            break;
        case 3:
            bytes.insert(at, bytes.substr(at, size));
            break;
        case 4:
            bytes.erase(at, size);
            break;
        default:
            bytes[at] = static_cast<char>(random());
    }
}

const std::array<Draft, 3>& bases() {
    static const std::array<Draft, 3> all = {with_length(), with_chunks(), without_body()};
    return all;
}

void apply(Draft& draft, const Rule& rule, std::size_t variant) {
    rule.apply(draft, variant);
    draft.name += ", " + rule.name + " " + std::to_string(variant);
}

HttpMutant combination(const std::vector<Rule>& all, Random& random) {
    Draft draft = bases()[random() % bases().size()];
    const std::size_t depth = random() % 3;
    for (std::size_t i = 0; i < depth; ++i) {
        const Rule& rule = all[random() % all.size()];
        apply(draft, rule, random() % rule.variants);
    }
    HttpMutant mutant{draft.name, draft.wire()};
    const std::size_t shakes = depth == 0 ? 1 + random() % 2 : random() % 4 / 3;
    for (std::size_t i = 0; i < shakes; ++i) {
        shake(mutant.bytes, random);
        mutant.name += ", shaken";
    }
    return mutant;
}

}  // namespace

std::vector<HttpMutant> http_probes() {
    const std::string head = "POST /a HTTP/1.1\r\nHost: localhost\r\n";
    const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    const auto length = [&](const std::string& value) {
        return head + "Content-Length: " + value + "\r\n\r\nhello";
    };
    return {
        {"probe: cut body", length("50")},
        {"probe: cut chunk", chunked + "9\r\nhal"},
        {"probe: bad chunk size", chunked + "zz\r\nabc\r\n0\r\n\r\n"},
        {"probe: no last chunk", chunked + "3\r\nabc\r\n"},
        {"probe: length and coding",
         head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"probe: coding and length",
         head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
        {"probe: two lengths", head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
        {"probe: one length twice", head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
        {"probe: plus", length("+5")},
        {"probe: minus", length("-1")},
        {"probe: thousands", length("1,000")},
        {"probe: version", "GET /a HTTP/9.9\r\nHost: localhost\r\n\r\n"},
        {"probe: no host", "GET /a HTTP/1.1\r\n\r\n"},
        {"probe: two hosts", "GET /a HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"},
        {"probe: nul", "GET /a HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n"s},
        {"probe: coding on 1.0",
         "POST /a HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n0\r\n\r\n"},
        {"probe: folded", "GET /a HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n"},
        {"probe: no length", head + "\r\nhello"}};
}

std::vector<HttpMutant> http_mutants(std::size_t count, std::uint32_t seed) {
    const std::vector<Rule> all = rules();
    std::vector<HttpMutant> mutants;
    std::set<std::string> known;  // a rule leaves alone what has no such part
    const auto add = [&](HttpMutant mutant) {
        if (known.insert(mutant.bytes).second) {
            mutants.push_back(std::move(mutant));
        }
    };
    for (const Draft& base : bases()) {
        add({base.name, base.wire()});
        for (const Rule& rule : all) {
            for (std::size_t variant = 0; variant < rule.variants; ++variant) {
                Draft draft = base;
                apply(draft, rule, variant);
                add({draft.name, draft.wire()});
            }
        }
    }
    Random random(seed);
    while (mutants.size() < count) {
        add(combination(all, random));
    }
    return mutants;
}

std::string printable(std::string_view bytes) {
    std::string text;
    for (const char c : bytes.substr(0, 1'000)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            text += "\\n\n    ";
        } else if (c == '\r') {
            text += "\\r";
        } else if (byte < 0x20 || byte > 0x7e || c == '\\') {
            text += fmt::format("\\x{:02x}", byte);
        } else {
            text += c;
        }
    }
    return text;
}

}  // namespace gateway
