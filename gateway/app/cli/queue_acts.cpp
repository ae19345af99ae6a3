// `queue hold|release|replay`. One process writes a store: where a gateway runs, it is asked
// through its ops listener and shown the pass that lies beside the store; where none runs, this
// process takes the store's lock and does the same itself.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <functional>
#include <future>
#include <iterator>
#include <limits>
#include <ostream>
#include <stdexcept>

#include "gateway/app/cli/queue_options.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/open_store.h"
#include "gateway/base/failure.h"
#include "gateway/edge/auth/operator_pass.h"
#include "gateway/flow/credentials/store_keys.h"
#include "gateway/flow/deliver/queue_view.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"
#include "gateway/net/http_client.h"

namespace gateway {

namespace {

constexpr std::size_t at_once = 200;

struct ActOptions : QueueOptions {
    QueueAct act = QueueAct::hold;
    std::vector<std::string> ids;
    bool dry_run = false;
    bool yes = false;
};

// What each act is for, where no state is asked for.
std::vector<DeliveryState> usual_states(QueueAct act) {
    switch (act) {
        case QueueAct::hold:
            return {DeliveryState::pending};
        case QueueAct::release:
            return {DeliveryState::held, DeliveryState::quarantined};
        case QueueAct::replay:
            return {DeliveryState::quarantined};
    }
    throw std::logic_error("unknown queue act");
}

void check_choice(const ActOptions& options) {
    if (options.ids.empty() && !options.has_filter()) {
        throw Failure(Category::unavailable,
                      "which deliveries? Give their ids, or choose with --destination, --from, "
                      "--state, --message, --reason, --older-than or --newer-than");
    }
    if (!options.ids.empty() && options.has_filter()) {
        throw Failure(Category::unavailable, "give ids or words that choose, not both");
    }
}

// What would become of each, in order. Of those that a filter chose, only what would change.
std::vector<ActResult> plan(const ActOptions& options, const StoreReads& store) {
    std::vector<ActResult> planned;
    for (const std::string& id : options.ids) {
        const auto delivery = store.delivery_record(id);
        const ActPlan plan =
            delivery ? plan_act(options.act, *delivery) : plan_message_act(store, options.act, id);
        planned.push_back({id, plan.next, plan.text});
    }
    if (!options.ids.empty()) {
        return planned;
    }
    QueueFilter filter = filter_of(options, SystemClock().now());
    if (filter.states.empty()) {
        filter.states = usual_states(options.act);
    }
    for (const Delivery& delivery :
         select_deliveries(store, filter, std::numeric_limits<std::size_t>::max())) {
        const ActPlan plan = plan_act(options.act, delivery);
        if (plan.next) {
            planned.push_back({delivery.id, plan.next, plan.text});
        }
    }
    for (const Message& message :
         select_stranded(store, filter, std::numeric_limits<std::size_t>::max())) {
        const ActPlan plan = plan_message_act(store, options.act, message.id);
        if (plan.next) {
            planned.push_back({message.id, plan.next, plan.text});
        }
    }
    return planned;
}

using Desk = std::function<std::vector<ActResult>(const ActRequest&)>;

std::vector<ActResult> done_here(Store& store, const ActRequest& request) {
    const SystemClock clock;
    std::promise<std::vector<ActResult>> done;
    QueueDesk(store, clock, [](const std::string&) {
    }).apply(request, [&](std::vector<ActResult> results) { done.set_value(std::move(results)); });
    return done.get_future().get();
}

std::vector<ActResult> done_there(HttpClient& client, const OperatorPass& pass,
                                  const ActRequest& request) {
    HttpCall call{.method = "POST",
                  .target = fmt::format("/queue/{}", to_string(request.act)),
                  .body = make_body(write_json(request_document(request)))};
    call.headers.set("Content-Type", "application/json");
    call.headers.set("Authorization", "Bearer " + pass.secret);
    std::promise<HttpResult> result;
    client.send(std::move(call), [&](HttpResult got) { result.set_value(std::move(got)); });
    const HttpResult got = result.get_future().get();
    if (!got.response) {
        throw Failure(Category::unavailable,
                      fmt::format("the running gateway does not answer on {}:{}: {}", pass.host,
                                  pass.port, got.detail));
    }
    if (got.response->status != 200 || !got.response->body) {
        throw Failure(Category::unavailable,
                      fmt::format("the running gateway answered HTTP {}: {}", got.response->status,
                                  got.response->body ? *got.response->body : std::string()));
    }
    return results_in(read_json(got.response->body, std::make_shared<const NameTable>(),
                                {.dialect = JsonDialect::plain}));
}

std::vector<ActResult> in_parts(const ActOptions& options, std::vector<ActResult> planned,
                                const Desk& desk) {
    std::vector<ActResult> results;
    ActRequest request{.act = options.act, .actor = login(), .deliveries = {}};
    for (std::size_t at = 0; at < planned.size(); ++at) {
        request.deliveries.push_back(std::move(planned[at].delivery));
        if (request.deliveries.size() == at_once || at + 1 == planned.size()) {
            for (ActResult& result : desk(request)) {
                results.push_back(std::move(result));
            }
            request.deliveries.clear();
        }
    }
    return results;
}

constexpr std::size_t look_ups = 2;  // at once

// The lock of the store decides who does it: nothing else may. (PostgreSQL takes us beside it.)
std::vector<ActResult> apply(const ActOptions& options, const Settings& settings,
                             std::vector<ActResult> planned) {
    const std::string& path = settings.store.path;
    Issues issues;
    const auto keys = load_store_keys(settings.store, issues);
    if (issues.has_errors()) {
        throw Failure(Category::invalid, "the configuration has faults", {}, issues);
    }
    std::unique_ptr<Store> store;
    try {
        store = open_store(settings.store, keys, look_ups);
    } catch (const Failure& failure) {
        if (failure.category() != Category::unavailable ||
            ::access(operator_pass_file(path).c_str(), F_OK) != 0) {
            throw Failure(failure.category(), failure.external(),
                          failure.internal() +
                              "; a running gateway does it where [listen.ops] has an address");
        }
    }
    if (store) {
        return in_parts(options, std::move(planned),
                        [&](const ActRequest& request) { return done_here(*store, request); });
    }
    const OperatorPass pass = read_operator_pass(operator_pass_file(path));
    IoThreads io(1);
    HttpClient client(io[0], {.address = {pass.host, pass.port}, .tls = nullptr});
    return in_parts(options, std::move(planned),
                    [&](const ActRequest& request) { return done_there(client, pass, request); });
}

ExitCode print(const std::vector<ActResult>& results, const ActOptions& options,
               Terminal& terminal) {
    const auto changed = std::ranges::count_if(
        results, [](const ActResult& result) { return result.next.has_value(); });
    if (options.json) {
        print_json(results_document(results), terminal.out);
    } else {
        for (const ActResult& result : results) {
            terminal.out << result.delivery << "  " << result.text << '\n';
        }
    }
    terminal.err << fmt::format(
        "painbridge: {} of {} {}\n", changed, results.size(),
        options.dry_run ? "would change; nothing was done (--dry-run)" : "changed");
    return changed == std::ssize(results) ? ExitCode::done : ExitCode::found_problems;
}

ExitCode act(const ActOptions& options, Terminal& terminal) {
    check_choice(options);
    const Settings settings = settings_of(options.folder);
    std::vector<ActResult> planned;
    {
        const auto store = open_store_reads(settings.store);
        check_names(options, settings, *store);
        planned = plan(options, *store);
    }
    if (options.dry_run) {
        return print(planned, options, terminal);
    }
    if (options.ids.empty() && !options.yes && !planned.empty()) {
        throw Failure(Category::unavailable,
                      fmt::format("this would {} {} of them: --dry-run shows them, --yes does it",
                                  to_string(options.act), planned.size()));
    }
    if (!planned.empty()) {
        planned = apply(options, settings, std::move(planned));
    }
    return print(planned, options, terminal);
}

void declare_act(CLI::App& queue, Command& command, QueueAct act_of_verb, const std::string& help) {
    CLI::App* verb = queue.add_subcommand(std::string{to_string(act_of_verb)}, help);
    const auto options = std::make_shared<ActOptions>();
    options->act = act_of_verb;
    add_queue_options(*verb, *options);
    verb->add_flag("--dry-run", options->dry_run, "show what would change, and change nothing");
    verb->add_flag("--yes", options->yes, "needed where words choose the deliveries, not ids");
    verb->add_option("ids", options->ids,
                     "ids of deliveries, or of messages in quarantine without one");
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return act(*options, terminal); };
    });
}

constexpr const char* how_it_goes =
    "\n\nA running gateway does it; where none runs, it is done in the store. Each act is in the "
    "audit\nwith your login. Exit code 1 if some were not changed.";

}  // namespace

void declare_queue_acts(CLI::App& queue, Command& command) {
    declare_act(queue, command, QueueAct::hold,
                std::string{"Stop waiting deliveries; later ones of the same patient wait too\n\n"
                            "  painbridge queue hold --config config 6f1c…\n"
                            "  painbridge queue hold --destination north-clinic --dry-run"} +
                    how_it_goes);
    declare_act(queue, command, QueueAct::release,
                std::string{"Let held deliveries go, and what waits behind quarantined ones\n\n"
                            "  painbridge queue release --config config 6f1c…\n"
                            "  painbridge queue release --destination north-clinic --yes"} +
                    how_it_goes);
    declare_act(
        queue, command, QueueAct::replay,
        std::string{"Send what is in quarantine again; deliveries with the same bytes and ids\n\n"
                    "  painbridge queue replay --config config 6f1c…\n"
                    "  painbridge queue replay --destination north-clinic "
                    "--newer-than 2h --yes\n"
                    "  painbridge queue replay --from west-surgery --reason \"no route\" "
                    "--dry-run\n\n"
                    "Delivered ones too, if named by id or with --state delivered. A\n"
                    "message in quarantine that has no delivery goes through all its steps\n"
                    "again, under the settings and maps of now."} +
            how_it_goes);
}

}  // namespace gateway
