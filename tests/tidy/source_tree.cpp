#include "tests/tidy/source_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>

#include "gateway/base/issue.h"
#include "gateway/base/text.h"

namespace gateway::tidy {

namespace {

constexpr std::array skipped_folders = {".git", "build", "node_modules", ".cache"};
constexpr std::array text_endings = {".h",   ".cpp",    ".md",   ".txt", ".toml", ".json",
                                     ".map", ".fml",    ".sql",  ".js",  ".mjs",  ".hl7",
                                     ".sh",  ".expect", ".yaml", ".yml", ".xml",  ".npmrc"};

bool is_text(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    return path.extension().empty() || std::ranges::any_of(text_endings, [&](const char* ending) {
               return name.ends_with(ending);
           });
}

std::vector<SourceFile> read_tree() {
    const std::filesystem::path root = PAINBRIDGE_ROOT;
    std::vector<SourceFile> files;
    for (auto entry = std::filesystem::recursive_directory_iterator(root);
         entry != std::filesystem::recursive_directory_iterator(); ++entry) {
        const std::string name = entry->path().filename().string();
        if (std::ranges::find(skipped_folders, name) != skipped_folders.end()) {
            entry.disable_recursion_pending();
        } else if (entry->is_regular_file() && is_text(entry->path())) {
            SourceFile file;
            file.path = entry->path().lexically_relative(root).string();
            file.text = read_file(entry->path().string());
            if (file.is_cpp()) {
                file.code = code_only(file.text);
            }
            files.push_back(std::move(file));
        }
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

// Where the comment or literal that starts at `begin` ends; `begin` itself if none starts there.
std::size_t end_of_blank(std::string_view text, std::size_t begin) {
    const std::string_view rest = text.substr(begin);
    const auto after = [&](std::string_view end, std::size_t from) {
        const std::size_t at = text.find(end, from);
        return at == std::string_view::npos ? text.size() : at + end.size();
    };
    if (rest.starts_with("//")) {
        return std::min(text.find('\n', begin), text.size());
    }
    if (rest.starts_with("/*")) {
        return after("*/", begin + 2);
    }
    if (rest.starts_with("R\"")) {
        const std::size_t open = text.find('(', begin);
        if (open == std::string_view::npos) {
            return begin;
        }
        return after(")" + std::string(text.substr(begin + 2, open - begin - 2)) + "\"", open);
    }
    if (rest.front() == '"' || rest.front() == '\'') {
        // 1'000'000: a digit before it makes it a separator.
        if (rest.front() == '\'' && begin > 0 && std::isalnum(text[begin - 1]) != 0) {
            return begin;
        }
        std::size_t at = begin + 1;
        while (at < text.size() && text[at] != rest.front() && text[at] != '\n') {
            at += text[at] == '\\' ? 2U : 1U;
        }
        return std::min(at + 1, text.size());
    }
    return begin;
}

std::vector<std::string> words_of(std::string_view text) {
    std::istringstream stream{std::string(text)};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return words;
}

Folder parse_folder(std::string_view arguments) {
    Folder folder;
    std::string section;
    for (const std::string& word : words_of(arguments)) {
        if (folder.name.empty()) {
            folder.name = word;
        } else if (word == "SOURCES" || word == "LINKS" || word == "USES" || word == "LABELS") {
            section = word;
        } else if (word == "SOURCE") {
            section = "SOURCES";
        } else if (section == "SOURCES") {
            folder.sources.push_back(word);
        } else if (section == "LINKS") {
            folder.links.push_back(word);
        }
    }
    return folder;
}

std::string without_cmake_comments(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) {
        out += line.substr(0, line.find('#'));
        out += '\n';
    }
    return out;
}

}  // namespace

const std::vector<SourceFile>& source_tree() {
    static const std::vector<SourceFile> files = read_tree();
    return files;
}

std::string place(const SourceFile& file, std::size_t offset) {
    const Position at = position_at(file.text, offset);
    const std::size_t begin = file.text.rfind('\n', offset == 0 ? 0 : offset - 1);
    const std::size_t from = begin == std::string::npos ? 0 : begin + 1;
    const std::string_view line =
        std::string_view(file.text).substr(from, file.text.find('\n', from) - from);
    return fmt::format("{}:{}: {}", file.path, at.line, trimmed(line));
}

std::string code_only(std::string_view text) {
    std::string out{text};
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = end_of_blank(text, at);
        if (end == at) {
            ++at;
            continue;
        }
        for (; at < end; ++at) {
            out[at] = text[at] == '\n' ? '\n' : ' ';
        }
    }
    return out;
}

std::vector<Include> includes_of(const SourceFile& file) {
    constexpr std::string_view directive = "#include ";
    std::vector<Include> found;
    for (std::size_t at = file.code.find(directive); at != std::string::npos;
         at = file.code.find(directive, at + 1)) {
        const std::size_t from = at + directive.size();
        const std::size_t to = file.text.find_first_of("\">", from + 1);
        found.push_back({file.text.substr(from, to + 1 - from), at});
    }
    return found;
}

std::vector<Folder> declared_folders(std::string_view cmake_file, std::string_view function) {
    const std::string text =
        without_cmake_comments(read_file(PAINBRIDGE_ROOT "/" + std::string(cmake_file)));
    const std::string call = "\n" + std::string(function) + "(";
    std::vector<Folder> folders;
    for (std::size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
        const std::size_t from = at + call.size();
        folders.push_back(parse_folder(text.substr(from, text.find(')', from) - from)));
    }
    return folders;
}

}  // namespace gateway::tidy
