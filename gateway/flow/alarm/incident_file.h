// What was told of open incidents, kept beside the store over a restart: a small JSON file,
// replaced whole. Not in the store: an alarm that the store has failed must be remembered too.
// What is lost with it costs a second opening, never a first. Blocks: for a worker.
#pragma once

#include <string>
#include <vector>

#include "gateway/flow/alarm/incident.h"

namespace gateway {

std::string incident_file(const std::string& store_path);

std::string incidents_json(const std::vector<Incident>& incidents);

// The other way round. A Failure says that it cannot be understood.
std::vector<Incident> incidents_of(const std::string& json);

// Without a file, none. One that cannot be read or understood is a Failure.
std::vector<Incident> read_incidents(const std::string& file);

// Synced, mode 0600. A Failure says what cannot be done.
void write_incidents(const std::string& file, const std::string& json);

}  // namespace gateway
