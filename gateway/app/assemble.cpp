#include "gateway/app/assemble.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>

#include "gateway/app/metrics_page.h"
#include "gateway/app/open_store.h"
#include "gateway/base/act.h"
#include "gateway/base/failure.h"
#include "gateway/edge/auth/operator_pass.h"
#include "gateway/edge/http/http_edge.h"
#include "gateway/edge/mllp/mllp_edge.h"
#include "gateway/flow/alarm/alarms.h"
#include "gateway/flow/alarm/incident_file.h"
#include "gateway/flow/alarm/sinks.h"
#include "gateway/flow/alarm/watch.h"
#include "gateway/flow/audit/checkpoint_export.h"
#include "gateway/flow/deliver/outbox.h"
#include "gateway/flow/deliver/queue_desk.h"
#include "gateway/flow/pipeline/backlog.h"
#include "gateway/flow/pipeline/pipeline.h"
#include "gateway/flow/pipeline/presence.h"
#include "gateway/flow/pipeline/reload.h"
#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/key_rotation.h"
#include "gateway/flow/store/retention.h"

namespace gateway {

namespace {

constexpr std::size_t waiting_max = 10'000;
constexpr std::chrono::seconds grace{10};
constexpr std::chrono::hours between_retentions{1};
constexpr std::chrono::seconds between_looks{1};  // at the disk and at what waits
constexpr std::chrono::seconds between_take_ups{2};
constexpr std::chrono::milliseconds first_go{5};

// For what a database elsewhere may do to the writer's thread: it waits for an answer, for another
// connection and for the settling of what is in doubt, each with a deadline.
constexpr std::chrono::seconds writer_turn_max{120};

std::size_t worker_count(const Settings& settings) {
    return settings.threads.workers > 0 ? settings.threads.workers
                                        : std::max(1U, std::thread::hardware_concurrency());
}

std::unique_ptr<Log> make_log(const Clock& clock, const LogSettings& settings) {
    if (settings.file.empty()) {
        return std::make_unique<Log>(clock, settings.level);
    }
    return std::make_unique<Log>(clock, settings.level, settings.file);
}

std::shared_ptr<BodyRoom> make_room(const Settings& settings, Log& log) {
    const LimitSettings& limits = settings.limits;
    const auto store = std::filesystem::path(settings.store.path).parent_path();
    return std::make_shared<BodyRoom>(
        BodyRoomLimits{.memory_bytes_max = limits.memory_bytes_max,
                       .spill_above = limits.spill_above,
                       .spill_bytes_max = limits.spill_bytes_max,
                       .spill_folder = !limits.spill_folder.empty() ? limits.spill_folder
                                       : store.empty()              ? "."
                                                                    : store.string()},
        [&log](std::string_view act, int error) {
            log.write(LogLevel::error, "body.file_failed",
                      {LogField::word("act", act), LogField::count("errno", error),
                       LogField::reason(std::generic_category().message(error))});
        });
}

}  // namespace

// In the order of the layers; destroyed from the edge down.
struct Gateway::Parts {
    Parts(const std::shared_ptr<const Snapshot>& snapshot, const GatewaySeams& seams)
        : log(make_log(clock, snapshot->settings->log)),
          io(snapshot->settings->threads.io,
             [this](std::string_view what) {
                 log->write(LogLevel::error, "io.fault", {LogField::reason(what)});
             }),
          room(make_room(*snapshot->settings, *log)),
          store(open_store(snapshot->settings->store, snapshot->store_keys,
                           worker_count(*snapshot->settings) + 2, seams.store_vfs)),
          key_rotation(*store, snapshot->store_keys, clock, *log,
                       [this](std::function<void()> task) { io[0].post(std::move(task)); }),
          on_outdated(seams.on_outdated),
          disk(seams.disk ? seams.disk : disk_under(snapshot->settings->store.path),
               {snapshot->settings->store.disk_low_percent,
                snapshot->settings->store.disk_full_percent},
               [this](DiskLevel level, const DiskSpace& space) { on_disk(level, space); }),
          outbox({io[0], *store, clock, *log, snapshot->engines.names}, *snapshot->settings,
                 snapshot->credentials),
          presence(*store, clock, ids.uuid()),
          lanes(worker_count(*snapshot->settings), waiting_max),
          pipeline({*store, clock, ids, *log, lanes, disk,
                    [this](const std::string& destination) { outbox.wake(destination); },
                    [this](const Concern& concern) { watch.note(concern); },
                    [this](std::chrono::milliseconds delay, std::function<void()> task) {
                        io[0].after(delay, std::move(task));
                    },
                    store->is_shared() ? presence.holder() : ""},
                   snapshot),
          desk(
              *store, clock, [this](const std::string& destination) { outbox.wake(destination); },
              [this] { pipeline.take_up_left(std::chrono::minutes(0)); }),
          operator_secret(ids.uuid() + ids.uuid()),
          pass_file(operator_pass_file(snapshot->settings->store.path)),
          retention({*store, clock, *log}, snapshot->settings->store.retention,
                    [this](std::function<void()> task) { on_worker(std::move(task)); }),
          backlog(*store, clock, *log, lanes),
          checkpoints(make_checkpoints(*snapshot)),
          seen(clock),
          watch({clock, *store, disk, outbox, backlog, seen, [this] { return pipeline.snapshot(); },
                 checkpoints.get()}),
          alarms({io[0], clock, ids, *log,
                  [this](std::function<void()> task) { return post_to_worker(std::move(task)); },
                  incident_file(snapshot->settings->store.path), snapshot->settings->gateway.name,
                  make_common_duty()},
                 snapshot->settings->alarms,
                 make_sinks(io[0], snapshot->settings->alarms, snapshot->credentials)),
          health(clock, *store, disk, watched_loops()) {}

    std::unique_ptr<CheckpointExport> make_checkpoints(const Snapshot& snapshot) const {
        return snapshot.audit_key
                   ? std::make_unique<CheckpointExport>(
                         CheckpointExport::Parts{*store, clock, *log},
                         snapshot.settings->audit.checkpoint_file, *snapshot.audit_key)
                   : nullptr;
    }

    std::shared_ptr<CommonDuty> make_common_duty() {
        return store->is_shared() ? std::make_shared<CommonDuty>(CommonDuty::Parts{
                                        io[0], *store, clock, *log,
                                        [this](std::function<void()> task) {
                                            return post_to_worker(std::move(task));
                                        },
                                        presence.holder()})
                                  : nullptr;
    }

    bool post_to_worker(std::function<void()> task) {
        return lanes.post("alarms", [task = std::move(task)](const LaneHold&) { task(); }) ==
               Lanes::Posted::taken;
    }

    std::vector<std::string> open_alarms() const {
        std::vector<std::string> keys;
        for (const Incident& incident : alarms.reading().open) {
            keys.push_back(incident.key);
        }
        return keys;
    }

    std::vector<WatchedLoop> watched_loops() const {
        std::vector<WatchedLoop> loops;
        for (const Reactor* reactor : io.reactors()) {
            loops.push_back({"a network thread", [reactor] { return reactor->busy_since(); }});
        }
        loops.push_back({"the store's writer", [this] { return store->busy_since(); }});
        if (store->is_shared()) {
            loops.back().turn_max = writer_turn_max;
        }
        loops.push_back({"a worker", [this] { return lanes.busy_since(); }});
        return loops;
    }

    void on_disk(DiskLevel level, const DiskSpace& space) const {
        constexpr std::uint64_t mib = 1U << 20U;
        log->write(
            level == DiskLevel::enough ? LogLevel::info
            : level == DiskLevel::low  ? LogLevel::warning
                                       : LogLevel::error,
            "disk.changed",
            {LogField::word("level", to_string(level)),
             LogField::count("free_mib", static_cast<std::int64_t>(space.free_bytes / mib))});
    }

    void sign_now_and_then(std::chrono::milliseconds every) {
        io[0].after(every, [this, every] { sign_now_and_then(every); });
        // On a worker: it reads the store and syncs a file.
        lanes.post("audit checkpoints", [this](const LaneHold&) { checkpoints->run(); });
    }

    // Where there are too many tasks already, later.
    void on_worker(std::function<void()> task) {
        const auto shared = std::make_shared<std::function<void()>>(std::move(task));
        if (lanes.post("upkeep", [shared](const LaneHold&) { (*shared)(); }) ==
            Lanes::Posted::full) {
            io[0].post([this, shared] {
                io[0].after(between_looks, [this, shared] { on_worker(*shared); });
            });
        }
    }

    void destroy_now_and_then() {
        io[0].after(between_retentions, [this] { destroy_now_and_then(); });
        retention.run();
    }

    // Until the network threads stop.
    void look_now_and_then() {
        io[0].after(between_looks, [this] { look_now_and_then(); });
        disk.look();
        look_at_store();
        backlog.refresh();
        alarms.look(watch.look());
    }

    void look_at_store() {
        if (const auto why = store->outdated(); why && !std::exchange(is_outdated, true)) {
            log->write(LogLevel::error, "store.outdated", {LogField::reason(*why)});
            if (on_outdated) {
                on_outdated(*why);
            }
        }
        auto why = store->away();
        if (why.has_value() != is_store_away) {
            is_store_away = why.has_value();
            log->write(is_store_away ? LogLevel::error : LogLevel::info,
                       is_store_away ? "store.away" : "store.back",
                       {LogField::reason(why.value_or("the database answers again"))});
        }
    }

    std::string metrics() const {
        return metrics_page({clock, *log, *store, disk, *room, outbox, lanes, pipeline, backlog,
                             health, alarms, key_rotation, retention},
                            listeners());
    }

    // None before all are there: this one may be asked while the next is being made.
    std::vector<ListenerReading> listeners() const {
        std::vector<ListenerReading> all;
        if (health.stage() == Health::Stage::starting) {
            return all;
        }
        if (mllp) {
            all.push_back({"mllp", mllp->connections()});
        }
        if (https) {
            all.push_back({"https", https->connections()});
        }
        all.push_back({"ops", ops->connections()});
        return all;
    }

    void say_that_we_are_here() {
        io[0].after(Presence::between_beats, [this] { say_that_we_are_here(); });
        presence.beat();
    }

    // Who put it there goes first: two that claim the same gain nothing.
    void hear_others() {
        store->hear([this](const std::string& destination) {
            io[0].after(first_go, [this, destination] {
                if (destination.empty()) {
                    outbox.wake_all();
                    pipeline.take_up_left(std::chrono::minutes(0));
                } else {
                    outbox.wake(destination);
                }
            });
        });
    }

    // What another gateway on this store left behind.
    void take_up_now_and_then() {
        io[0].after(between_take_ups, [this] { take_up_now_and_then(); });
        pipeline.take_up_left(std::chrono::minutes(0));
    }

    void open_edges(const Settings& settings) {
        const HttpParts http{.pipeline = pipeline,
                             .store = *store,
                             .health = health,
                             .log = *log,
                             .clock = clock,
                             .ids = ids,
                             .room = room,
                             .seen = &seen,
                             .desk = &desk,
                             .operator_secret = operator_secret,
                             .metrics = [this] { return metrics(); },
                             .alarms = [this] { return open_alarms(); }};
        forget_pass();
        // First, so that probes hear of a start that takes its time.
        if (settings.listen.ops.address) {
            ops = std::make_unique<HttpEdge>(io.reactors(), http, HttpEdge::Listener::ops);
            write_operator_pass(pass_file,
                                {settings.listen.ops.address->host, ops->port(), operator_secret});
        }
        if (store->is_shared()) {
            presence.beat();
        }
        // Begun before a partner can send: nothing newer of a patient may come first.
        pipeline.resume();
        if (settings.listen.mllp.enabled()) {
            mllp = std::make_unique<MllpEdge>(
                io.reactors(), MllpEdge::Parts{pipeline, clock, ids, *log, room, &seen});
        }
        if (settings.listen.https.enabled()) {
            https = std::make_unique<HttpEdge>(io.reactors(), http, HttpEdge::Listener::partners);
        }
    }

    // Who may come in first, then how we go out. A peer that comes in between meets the certificate
    // of before and the partners of now.
    void take_over(const std::shared_ptr<const Snapshot>& now) {
        const Act act(ActSite::reload);
        const auto before = pipeline.snapshot();
        pipeline.replace(now);
        if (now->store_keys->ids() != before->store_keys->ids()) {
            key_rotation.change_to(now->store_keys);
        }
        if (mllp) {
            mllp->reload(before, now);
        }
        if (https) {
            https->reload(before, now);
        }
        outbox.reload(*now->settings, now->credentials);
        alarms.reload(now->settings->alarms,
                      make_sinks(io[0], now->settings->alarms, now->credentials));
    }

    void log_faults(const Issues& issues) const {
        for (const Issue& issue : issues) {
            const LogLevel level =
                issue.severity == Severity::warning ? LogLevel::warning : LogLevel::error;
            log->write(
                level, "settings.fault",
                {LogField::path("file", issue.source), LogField::path("key", issue.path),
                 LogField::count("line", issue.position.line),
                 LogField::count("column", issue.position.column), LogField::reason(issue.text)});
        }
    }

    // Where logrotate has moved the file away.
    void reopen_log() const {
        try {
            log->reopen();
        } catch (const Failure& failure) {
            log->write_failure("log.not_reopened", failure);
        }
    }

    // Outside in: no new work, then the work under way, then the store. The operator's listener
    // stays to the end: probes are told that the gateway is stopping.
    void close() {
        health.enter(Health::Stage::stopping);
        if (mllp) {
            mllp->stop(grace);
        }
        if (https) {
            https->stop(grace);
        }
        lanes.stop();
        outbox.stop();
        alarms.stop();
        if (store->is_shared()) {
            presence.leave();
        }
        store->stop();
        if (checkpoints) {
            checkpoints->run();  // nothing comes behind it
        }
        if (ops) {
            ops->stop(grace);
        }
        io.stop();
        forget_pass();
    }

    // One that lies there without its gateway would only mislead.
    void forget_pass() const {
        const Act act(ActSite::operator_pass_end);
        std::error_code ignored;
        std::filesystem::remove(pass_file, ignored);
    }

    SystemClock clock;
    RandomIds ids;
    std::unique_ptr<Log> log;
    IoThreads io;
    std::shared_ptr<BodyRoom> room;
    std::unique_ptr<Store> store;
    KeyRotation key_rotation;
    bool is_store_away = false;  // io[0] alone, like the next
    bool is_outdated = false;
    std::function<void(const std::string& why)> on_outdated;
    DiskRoom disk;
    Outbox outbox;
    Presence presence;
    Lanes lanes;
    Pipeline pipeline;
    QueueDesk desk;
    std::string operator_secret;
    std::string pass_file;
    Retention retention;
    Backlog backlog;
    std::unique_ptr<CheckpointExport> checkpoints;  // null: none are made
    SeenCertificates seen;
    AlarmWatch watch;
    Alarms alarms;
    Health health;
    std::unique_ptr<MllpEdge> mllp;
    std::unique_ptr<HttpEdge> https;
    std::unique_ptr<HttpEdge> ops;
};

Gateway::Gateway(const std::shared_ptr<const Snapshot>& snapshot, const GatewaySeams& seams)
    : parts_(std::make_unique<Parts>(snapshot, seams)) {
    parts_->open_edges(*snapshot->settings);
    parts_->outbox.wake_all();
    parts_->key_rotation.start();
    parts_->health.enter(Health::Stage::serving);
    parts_->io[0].post([parts = parts_.get()] {
        parts->look_now_and_then();
        parts->destroy_now_and_then();
    });
    if (parts_->store->is_shared()) {
        parts_->io[0].post([parts = parts_.get()] {
            parts->say_that_we_are_here();
            parts->take_up_now_and_then();
        });
        parts_->hear_others();
    }
    if (parts_->checkpoints) {
        parts_->io[0].post(
            [parts = parts_.get(), every = snapshot->settings->audit.checkpoint_every] {
                parts->sign_now_and_then(every);
            });
    }
    parts_->log->write(
        LogLevel::info, "gateway.started",
        {LogField::id("settings", snapshot->hash), LogField::count("mllp_port", ports().mllp),
         LogField::count("https_port", ports().https), LogField::count("ops_port", ports().ops)});
}

Gateway::~Gateway() {
    parts_->close();
    parts_->log->write(LogLevel::info, "gateway.stopped");
}

bool Gateway::reload(const std::string& folder, Issues& issues) {
    parts_->reopen_log();
    std::shared_ptr<const Snapshot> wanted;
    try {
        wanted = load_snapshot(folder, issues);
        if (!issues.has_errors()) {
            check_reload(*parts_->pipeline.snapshot(), *wanted, issues);
            check_store_keys(*parts_->store, *wanted, issues);
        }
    } catch (const Failure& failure) {
        issues.add({.code = "not-found", .path = {}, .text = failure.internal()});
    }
    parts_->log_faults(issues);
    if (issues.has_errors()) {
        parts_->log->write(LogLevel::error, "gateway.reload_refused",
                           {LogField::id("settings", parts_->pipeline.snapshot()->hash)});
        return false;
    }
    parts_->take_over(wanted);
    parts_->log->write(LogLevel::info, "gateway.reloaded",
                       {LogField::id("settings", wanted->hash)});
    return true;
}

ListeningPorts Gateway::ports() const {
    return {.mllp = parts_->mllp ? parts_->mllp->port() : std::uint16_t{0},
            .https = parts_->https ? parts_->https->port() : std::uint16_t{0},
            .ops = parts_->ops ? parts_->ops->port() : std::uint16_t{0}};
}

}  // namespace gateway
