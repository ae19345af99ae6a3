#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <ostream>

#include "gateway/app/cli/queue_options.h"
#include "gateway/app/cli/report.h"
#include "gateway/app/cli/verbs.h"
#include "gateway/app/open_store.h"
#include "gateway/flow/deliver/queue_view.h"

namespace gateway {

namespace {

struct ListOptions : QueueOptions {
    std::size_t limit = 100;
    bool counts = false;
};

// The largest unit that tells: 42s, 17min, 5h, 12d.
std::string age_text(Instant since, Instant now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now - since).count();
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    if (seconds < 2 * minute) {
        return fmt::format("{}s", seconds);
    }
    if (seconds < 2 * hour) {
        return fmt::format("{}min", seconds / minute);
    }
    return seconds < 2 * day ? fmt::format("{}h", seconds / hour)
                             : fmt::format("{}d", seconds / day);
}

void print_counts(const QueueListing& queue, Instant now, std::ostream& out) {
    if (!queue.counts.empty() || !queue.stranded_counts.empty()) {
        out << "\nIn all, but for the delivered ones:\n";
    }
    for (const DeliveryCount& count : queue.counts) {
        out << fmt::format("{:<16}  {:<11}  {:>9}  oldest {}\n", count.destination,
                           to_string(count.state), count.count, age_text(count.oldest, now));
    }
    for (const StrandedCount& count : queue.stranded_counts) {
        out << fmt::format("{:<16}  {:<11}  {:>9}  oldest {}\n", fmt::format("from {}", count.from),
                           to_string(MessageState::quarantined), count.count,
                           age_text(count.oldest, now));
    }
}

void print_table(const QueueListing& queue, Instant now, std::ostream& out) {
    if (!queue.deliveries.empty() || !queue.stranded.empty()) {
        out << fmt::format("{:<36}  {:<11}  {:<16}  {:<12}  {:>6}  {:>5}  {}\n", "ID", "STATE",
                           "DESTINATION", "TITLE", "AGE", "TRIES", "LAST OUTCOME");
    }
    for (const Delivery& delivery : queue.deliveries) {
        out << fmt::format("{:<36}  {:<11}  {:<16}  {:<12}  {:>6}  {:>5}  {}\n", delivery.id,
                           to_string(delivery.state), delivery.destination, delivery.title,
                           age_text(delivery.created, now), delivery.attempts, delivery.outcome);
    }
    for (const Message& message : queue.stranded) {
        out << fmt::format("{:<36}  {:<11}  {:<16}  {:<12}  {:>6}  {:>5}  {}\n", message.id,
                           to_string(message.state), "none",
                           fmt::format("from {}", message.sender.partner),
                           age_text(message.received, now), 0, message.reason);
    }
    print_counts(queue, now, out);
}

// Deliveries first; both together up to the limit.
QueueListing read_queue(const StoreReads& store, const QueueFilter& filter,
                        const ListOptions& options) {
    QueueListing queue;
    queue.counts = count_deliveries(store, filter);
    queue.stranded_counts = count_stranded(store, filter);
    if (options.counts) {
        return queue;
    }
    const std::size_t wanted = options.limit + 1;
    queue.deliveries = select_deliveries(store, filter, wanted);
    queue.stranded = select_stranded(store, filter, wanted - queue.deliveries.size());
    if (queue.deliveries.size() + queue.stranded.size() == wanted) {
        queue.more = MoreFollow::yes;
        queue.stranded.empty() ? queue.deliveries.pop_back() : queue.stranded.pop_back();
    }
    return queue;
}

// Looks into the store beside a gateway that may be running: reading disturbs nobody.
ExitCode list(const ListOptions& options, Terminal& terminal) {
    const Instant now = SystemClock().now();
    const QueueFilter filter = filter_of(options, now);
    const Settings settings = settings_of(options.folder);
    const auto store = open_store_reads(settings.store);
    check_names(options, settings, *store);
    const QueueListing queue = read_queue(*store, filter, options);
    if (options.json) {
        print_json(queue_document(queue), terminal.out);
        return ExitCode::done;
    }
    print_table(queue, now, terminal.out);
    if (queue.deliveries.empty() && queue.stranded.empty() && queue.counts.empty() &&
        queue.stranded_counts.empty()) {
        terminal.err << "painbridge: nothing waits\n";
    }
    if (queue.more == MoreFollow::yes) {
        terminal.err << "painbridge: there are more; --limit N shows N, --older-than, --state, "
                        "--destination and --from choose\n";
    }
    return ExitCode::done;
}

void declare_list(CLI::App& queue, Command& command) {
    CLI::App* verb = queue.add_subcommand(
        "list",
        "What waits for delivery, is held or was given up, and what never came so far\n\n"
        "  painbridge queue list --config config\n"
        "  painbridge queue list --state quarantined --destination north-clinic --json\n"
        "  painbridge queue list --from west-surgery --reason \"no route\"\n\n"
        "Oldest first: the deliveries, then the messages in quarantine without one (DESTINATION\n"
        "\"none\"), then how many there are. Works beside a running gateway. In JSON a list "
        "without\n"
        "entries is left out, as FHIR has it.");
    const auto options = std::make_shared<ListOptions>();
    add_queue_options(*verb, *options);
    verb->add_option("--limit", options->limit, "at most so many")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    verb->add_flag("--counts", options->counts, "only how many there are");
    verb->callback([options, &command] {
        command = [options](Terminal& terminal) { return list(*options, terminal); };
    });
}

}  // namespace

void declare_queue(CLI::App& app, Command& command) {
    CLI::App* queue =
        app.add_subcommand("queue",
                           "The outbox and the quarantine: what waits, and what to do with it\n\n"
                           "  painbridge queue list --config config");
    queue->require_subcommand(1);
    declare_list(*queue, command);
    declare_queue_acts(*queue, command);
}

}  // namespace gateway
