// What stands in a request where something else should, or might: for each of its parts the values
// that some server has read in another way than others. For tests.
#pragma once

#include <string>
#include <vector>

namespace gateway {

using Texts = std::vector<std::string>;

Texts odd_lengths(const std::string& length);  // of that number, or near it
Texts odd_codings();
Texts odd_chunk_sizes();  // of a chunk of 5 bytes
Texts odd_last_chunks();
Texts odd_trailers();
Texts odd_hosts();  // instead of localhost
Texts odd_targets();
Texts odd_methods();
Texts odd_versions();

}  // namespace gateway
