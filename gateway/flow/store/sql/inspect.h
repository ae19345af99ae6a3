// The part of an inspection that is the same in every database. Each look is of one moment, all of
// them together are not: rows that others write meanwhile never make a fault. Throws `SqlError`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/flow/store/inspection.h"
#include "gateway/flow/store/key_ring.h"
#include "gateway/flow/store/sql/connection.h"

namespace gateway::sql {

StoreMark read_mark(Connection& connection);

std::vector<MasterKeyUse> count_data_keys(Connection& connection);

// `report.fault` may be set already: then only the figures are read.
void inspect(Connection& connection, const KeyRing& keys, const InspectionProgress& progress,
             StoreReport& report);

}  // namespace gateway::sql
