// The master keys of the store, from the files or variables that the settings name.
#pragma once

#include <memory>

#include "gateway/base/issue.h"
#include "gateway/base/settings/settings.h"
#include "gateway/flow/store/key_ring.h"

namespace gateway {

// Adds an issue for each key that is missing or is none; null without any that is one.
std::shared_ptr<const KeyRing> load_store_keys(const StoreSettings& store, Issues& issues);

}  // namespace gateway
