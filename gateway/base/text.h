// Small text tools that the standard library lacks. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

std::string_view trimmed(std::string_view text);

// "a,b,,c" -> {"a","b","","c"}; the views live as long as `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

bool equal_ignoring_case(std::string_view left, std::string_view right);

std::string lower_case(std::string_view text);

// The word with the smallest edit distance, for "did you mean"; nothing if none is close.
std::optional<std::string> nearest_word(std::string_view word, std::span<const std::string> words);

// A whole file; a Failure `not_found` or `unavailable` names it.
std::string read_file(const std::string& path);

}  // namespace gateway
