// The sections of painbridge.toml and of a partner's file: which keys there are, how they are read
// and what must hold between them. One function a section; also the list of keys is made by them.
#pragma once

#include "gateway/base/settings/section_reader.h"

namespace gateway {

void read_settings(SectionReader& file, Settings& settings);
void read_partner(SectionReader& file, Partner& partner);
void read_alarms(SectionReader& section, AlarmSettings& alarms);

// The gateway's own: with trust stores of several groups.
void read_partner_listener(SectionReader& section, ListenSettings& listen);

// Parts that the files of simulated partners have too.
void read_listener(SectionReader& section, ListenSettings& listen);
void read_deliver(SectionReader& section, DeliverSettings& deliver);

// PEM files that must be there; a key must also be closed to group and others.
void check_file(SectionReader& section, std::string_view key, const std::string& path);
void check_key_file(SectionReader& section, std::string_view key, const std::string& path);

}  // namespace gateway
