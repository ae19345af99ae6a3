// A store over any database that `Session` and `Connection` are written for: one writer, a pool of
// readers, the look-ups and writes of this folder. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "gateway/flow/store/key_ring.h"
#include "gateway/flow/store/sql/reader_pool.h"
#include "gateway/flow/store/sql/session.h"
#include "gateway/flow/store/store.h"
#include "gateway/flow/store/store_options.h"

namespace gateway::sql {

enum class Writers { one, many };

// What the store holds is worth nothing without its keys: better said at the start than message by
// message. Throws `Failure` `unavailable`, naming `store`, if a key that it needs is not in the
// ring. Notes the current one; where others write too, all of the ring: one that started with the
// former order may go on sealing under what is an older key here.
void check_master_keys(Connection& connection, const KeyRing& keys, const std::string& store,
                       Writers writers);

// `writing` may be null: look-ups alone. `held` goes when the store has closed.
std::unique_ptr<Store> make_store(ReaderPool::Open reading, std::unique_ptr<Session> writing,
                                  const StoreOptions& options, std::shared_ptr<void> held);

}  // namespace gateway::sql
