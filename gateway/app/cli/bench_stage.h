// What the benchmarks of the whole gateway share: its stage, its start, and the settings that their
// figures hold for.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/base/settings/twin_settings.h"
#include "gateway/flow/store/store.h"

namespace gateway {

struct Twins {
    TwinSettings gp;
    TwinSettings clinic;
};

Twins load_twins(const Stage& stage);

// The store that its gateway will open: to put something into it before that.
std::unique_ptr<Store> open_store_of(const Stage& stage);

// In a text of config/demo. A Failure where `from` is not in it.
void replace_once(std::string& text, std::string_view from, const std::string& to);

// A file of text of the stage's configuration.
void change_file(const std::string& path, const std::function<void(std::string&)>& change);

// The demo's surgery has its referrals passed on as they came.
void pass_referrals_on(const Stage& stage);

// Until it is ready; says how long that took. A Failure where it does not start.
void await_start(Child& gateway, const Stage& stage, std::ostream& out);

// Durability, audit and encryption, from the gateway's own configuration.
void print_settings(const Stage& stage, std::ostream& out);

}  // namespace gateway
