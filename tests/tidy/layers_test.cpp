// One direction: a file includes its own folder, folders before it in its wing, and lower wings.
// gateway/CMakeLists.txt says which by its LINKS; here the includes are held to them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gateway/base/text.h"
#include "tests/tidy/source_tree.h"

namespace gateway::tidy {
namespace {

// From the ground up.
constexpr std::array wings = {"base", "net", "format", "engine", "care", "flow", "edge", "app"};

std::size_t height_of(std::string_view folder) {
    const std::string_view wing = folder.substr(0, folder.find('/'));
    return static_cast<std::size_t>(std::ranges::find(wings, wing) - wings.begin());
}

class Layers {
public:
    Layers() : folders_(declared_folders("gateway/CMakeLists.txt", "gateway_library")) {
        for (const Folder& folder : folders_) {
            std::set<std::string>& reach = reach_[folder.name];
            reach.insert(folder.name);
            for (const std::string& link : folder.links) {
                // LINKS point to folders declared before, so theirs are complete.
                reach.insert(reach_[link].begin(), reach_[link].end());
            }
        }
    }

    const std::vector<Folder>& folders() const { return folders_; }

    // The declared folder that a path below gateway/ belongs to: the longest that fits.
    std::string folder_of(std::string_view path) const {
        std::string best;
        for (const Folder& folder : folders_) {
            if (path.starts_with("gateway/" + folder.name + "/") &&
                folder.name.size() > best.size()) {
                best = folder.name;
            }
        }
        return best;
    }

    bool may_include(const std::string& from, const std::string& to) const {
        // main.cpp stands above every folder.
        return from.empty() || reach_.at(from).contains(to);
    }

private:
    std::vector<Folder> folders_;
    std::map<std::string, std::set<std::string>> reach_;
};

const Layers& layers() {
    static const Layers all;
    return all;
}

TEST(Layers, LinksPointOnlyDownwards) {
    std::set<std::string> declared;
    for (const Folder& folder : layers().folders()) {
        EXPECT_LT(height_of(folder.name), wings.size())
            << "gateway/" << folder.name << " is in none of the wings of gateway/";
        for (const std::string& link : folder.links) {
            EXPECT_TRUE(declared.contains(link) && height_of(link) <= height_of(folder.name))
                << folder.name << " links " << link
                << ", which does not stand below it: move what both need to a lower folder";
        }
        declared.insert(folder.name);
    }
    EXPECT_FALSE(declared.empty());
}

TEST(Layers, IncludesFollowTheLinks) {
    for (const SourceFile& file : source_tree()) {
        if (!file.is_cpp() || !file.is_below("gateway/")) {
            continue;
        }
        const std::string from =
            file.path == "gateway/app/main.cpp" ? "" : layers().folder_of(file.path);
        EXPECT_TRUE(!from.empty() || file.is_below("gateway/app/"))
            << file.path << " is in no folder of gateway/CMakeLists.txt: add a gateway_library";
        for (const Include& include : includes_of(file)) {
            if (!include.name.starts_with("\"gateway/")) {
                continue;
            }
            const std::string to = layers().folder_of(include.name.substr(1));
            EXPECT_TRUE(layers().may_include(from, to))
                << place(file, include.offset) << "\n  " << from << " has no LINKS to " << to
                << ": link it if it is a lower folder, else move what is needed down";
        }
    }
}

// Headers that include each other; folders cannot, as LINKS point down only.
class HeaderCircles {
public:
    HeaderCircles() {
        for (const SourceFile& file : source_tree()) {
            for (const Include& include : includes_of(file)) {
                if (file.is_header() && include.name.starts_with('"')) {
                    includes_[file.path].push_back(include.name.substr(1, include.name.size() - 2));
                }
            }
        }
        for (const auto& [header, includes] : includes_) {
            visit(header);
        }
    }

    // Each as "a.h -> b.h -> a.h".
    const std::vector<std::string>& found() const { return found_; }

private:
    void visit(const std::string& header) {
        const auto open = std::ranges::find(way_, header);
        if (open != way_.end()) {
            found_.push_back(fmt::format("{} -> {}", fmt::join(open, way_.end(), " -> "), header));
            return;
        }
        if (!done_.insert(header).second) {
            return;
        }
        way_.push_back(header);
        for (const std::string& included : includes_[header]) {
            visit(included);
        }
        way_.pop_back();
    }

    std::map<std::string, std::vector<std::string>> includes_;
    std::vector<std::string> way_;
    std::set<std::string> done_;
    std::vector<std::string> found_;
};

TEST(Layers, HeadersIncludeNoCircle) {
    const HeaderCircles circles;
    for (const std::string& circle : circles.found()) {
        ADD_FAILURE() << circle << "\n  declare one of the types in the header that only names it, "
                      << "or move what both need to a header of its own";
    }
}

TEST(Layers, PipelineAndDeliveryMeetOnlyInTheStore) {
    for (const SourceFile& file : source_tree()) {
        const bool pipeline = file.is_below("gateway/flow/pipeline/");
        if (!pipeline && !file.is_below("gateway/flow/deliver/")) {
            continue;
        }
        const std::string_view other =
            pipeline ? "gateway/flow/deliver/" : "gateway/flow/pipeline/";
        for (const Include& include : includes_of(file)) {
            EXPECT_FALSE(include.name.substr(1).starts_with(other))
                << place(file, include.offset) << "\n  hand it over through flow/store";
        }
    }
}

TEST(Layers, IncludesAreRooted) {
    for (const SourceFile& file : source_tree()) {
        for (const Include& include : includes_of(file)) {
            const bool rooted = include.name.starts_with('<') ||
                                include.name.starts_with("\"gateway/") ||
                                (include.name.starts_with("\"tests/") && file.is_below("tests/"));
            EXPECT_TRUE(rooted) << place(file, include.offset)
                                << "\n  write the path from the root: \"gateway/base/issue.h\"";
        }
    }
}

// A third party's headers, and the only places that may know them.
struct Border {
    const char* header;
    std::vector<const char*> allowed;
    const char* instead;
};

const std::vector<Border>& borders() {
    static const std::vector<Border> all = {
        {"<rapidjson/", {"gateway/format/json/"}, "use gateway/format/json"},
        {"<simdjson",
         {"gateway/format/document/", "gateway/format/hl7v2/", "gateway/flow/store/postgres/",
          "tests/flow/store/"},
         "use gateway/format"},
        {"<expat", {"gateway/format/xml/", "tests/conformance/"}, "use gateway/format/xml"},
        // A container and no more: it never leaves its folder.
        {"<boost/container/", {"gateway/engine/map/"}, "use the standard containers"},
        {"<boost/multiprecision/",
         {"gateway/engine/terminology/"},
         "only factors of units need fractions"},
        {"<boost/", {"gateway/net/"}, "HTTP is read and written in gateway/net"},
        {"<Poco/", {"gateway/net/", "gateway/app/"}, "use gateway/net"},
        {"<openssl/",
         // The network benchmark holds net against OpenSSL alone.
         {"gateway/base/", "gateway/net/", "gateway/app/bench/net/", "tests/net/", "tests/support/",
          "tests/interop/tls/"},
         "use gateway/base/digest.h or gateway/net"},
        {"<sqlite3.h>",
         {"gateway/flow/store/sqlite/", "tests/flow/store/", "tests/torture/"},
         "use the Store interface"},
        {"<libpq-fe.h>", {"gateway/flow/store/postgres/"}, "use the Store interface"},
        {"<toml++/",
         {"gateway/base/settings/config_node.cpp"},
         "read settings through SectionReader"},
        {"<re2/",
         {"gateway/engine/", "gateway/format/fhir/", "tests/tidy/"},
         "text rules belong to engine/"},
        {"<CLI/",
         {"gateway/app/", "tests/conformance/", "gateway/engine/definitions/pack"},
         "only app/cli reads a command line"},
        {"<zlib.h>",
         {"gateway/net/", "gateway/engine/definitions/", "gateway/flow/store/"},
         "decompress behind a limit in gateway/net"},
        {"<iostream>", {"gateway/app/", "tests/"}, "return values, throw Failure, or use Log"},
        {"<thread>",
         {"gateway/net/", "gateway/flow/", "gateway/app/", "tests/"},
         "threads are those of net, the store and the workers; be a pure function instead"},
    };
    return all;
}

// The first that fits; nullptr for a header that anyone may use.
const Border* border_of(const std::string& header) {
    const auto at = std::ranges::find_if(
        borders(), [&](const Border& border) { return header.starts_with(border.header); });
    return at == borders().end() ? nullptr : &*at;
}

TEST(Layers, ThirdPartyHeadersStayBehindTheirBorder) {
    for (const SourceFile& file : source_tree()) {
        for (const Include& include : includes_of(file)) {
            const Border* border = border_of(include.name);
            if (border == nullptr) {
                continue;
            }
            EXPECT_TRUE(std::ranges::any_of(
                border->allowed, [&](const char* folder) { return file.is_below(folder); }))
                << place(file, include.offset) << "\n  instead: " << border->instead;
        }
    }
}

TEST(Layers, FmtStaysOutOfHeaders) {
    for (const SourceFile& file : source_tree()) {
        for (const Include& include : includes_of(file)) {
            EXPECT_FALSE(file.is_header() && include.name.starts_with("<fmt/"))
                << place(file, include.offset) << "\n  format in the .cpp";
        }
    }
}

}  // namespace
}  // namespace gateway::tidy
