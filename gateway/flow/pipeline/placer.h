// A referral found by the number its referrer gave it, without keeping that number in the clear.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

// Keyed hash of an Identifier's system and value.
std::string placer_token(std::string_view id_key, std::string_view system, std::string_view value);

}  // namespace gateway
