#pragma once

#include <map>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "audit/trail.h"
#include "renewal/renewal_rows.h"

namespace mailward::renewal {

/// The names of actors, by their text forms ("user:…"), for people to read.
using ActorNames = std::map<std::string, std::string>;

/// The actor for people: a user by his name, a part of Mailward as "Mailward", whoever came by the socket as he is
/// known on the server.
std::string shown_actor(const std::string& actor, const ActorNames& names);

/// An item as it is shown: also what its state means, and what is to be done.
nlohmann::ordered_json json_of(const RenewalItem& item);
/// A plan as it is shown, with its items.
nlohmann::ordered_json json_of(const Renewal& renewal, const ActorNames& names);

/// What an auditor keeps: when, by whom, approved by whom; of each secret before, after, proof, and what was still seen
/// with the old one; what stayed open; and the head of the audit trail at that moment, so that the trail which proves
/// it can be recognised. Holds no secret.
nlohmann::ordered_json report_of(const Renewal& renewal, const ActorNames& names, const audit::Head& head,
                                 Timestamp now);

/// The report as a page that needs nothing else: to be printed, or kept.
std::string page_of(const nlohmann::ordered_json& report);

}  // namespace mailward::renewal
