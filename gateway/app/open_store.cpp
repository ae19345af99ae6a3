#include "gateway/app/open_store.h"

#include <utility>

#include "gateway/base/settings/secret.h"
#include "gateway/flow/store/postgres/postgres_store.h"
#include "gateway/flow/store/sqlite/copy.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"

namespace gateway {

namespace {

PostgresTarget target_of(const PostgresSettings& settings) {
    return {.host = settings.host,
            .port = static_cast<std::uint16_t>(settings.port),
            .database = settings.database,
            .user = settings.user,
            .password = settings.password.empty() ? "" : read_secret(settings.password),
            .ca = settings.ca,
            .certificate = settings.certificate,
            .key = settings.key};
}

}  // namespace

std::unique_ptr<Store> open_store(const StoreSettings& settings,
                                  std::shared_ptr<const KeyRing> keys, std::size_t readers,
                                  const std::string& vfs) {
    if (settings.postgres.enabled()) {
        return open_postgres_store({target_of(settings.postgres),
                                    {.duplicates_kept = settings.duplicates_kept,
                                     .readers = readers,
                                     .keys = std::move(keys)}});
    }
    return open_sqlite_store({.path = settings.path,
                              .duplicates_kept = settings.duplicates_kept,
                              .readers = readers,
                              .vfs = vfs,
                              .keys = std::move(keys)});
}

std::unique_ptr<StoreReads> open_store_reads(const StoreSettings& settings) {
    if (settings.postgres.enabled()) {
        return open_postgres_reads({target_of(settings.postgres), {.readers = 1, .keys = nullptr}});
    }
    return open_sqlite_reads({.path = settings.path, .vfs = {}, .keys = {}});
}

StoreReport inspect_store(const StoreSettings& settings, std::shared_ptr<const KeyRing> keys,
                          const InspectionProgress& on_progress) {
    if (settings.postgres.enabled()) {
        return inspect_postgres_store(
            {target_of(settings.postgres), {.readers = 1, .keys = std::move(keys)}}, on_progress);
    }
    return inspect_sqlite_store({.path = settings.path, .vfs = {}, .keys = std::move(keys)},
                                on_progress);
}

}  // namespace gateway
