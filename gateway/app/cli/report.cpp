#include "gateway/app/cli/report.h"

#include <filesystem>
#include <istream>
#include <iterator>
#include <memory>
#include <ostream>

#include "gateway/base/text.h"
#include "gateway/format/json/writer.h"

namespace gateway {

void print_issues(const Issues& issues, std::ostream& out) {
    for (const Issue& issue : issues) {
        std::string content;
        if (issue.position.line > 0 && std::filesystem::is_regular_file(issue.source)) {
            content = read_file(issue.source);
        }
        Issue shown = issue;
        const std::string file = shown.source.empty() ? "painbridge" : shown.source;
        shown.source.clear();
        out << render(shown, file, content) << '\n';
    }
}

void print_issues(const Issues& issues, std::string_view file, std::string_view content,
                  std::ostream& out) {
    for (const Issue& issue : issues) {
        out << render(issue, file, content) << '\n';
    }
}

void print_json(const Document& document, std::ostream& out) {
    out << write_json(document, document.root(), JsonStyle::pretty) << '\n';
}

std::shared_ptr<const std::string> read_input(const std::string& file, std::istream& in) {
    if (file == "-") {
        return std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                                   std::istreambuf_iterator<char>());
    }
    return std::make_shared<const std::string>(read_file(file));
}

}  // namespace gateway
