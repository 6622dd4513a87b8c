#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "connections/ledger.h"
#include "http/response.h"
#include "work/run.h"

namespace mailward::api {

/// What is answered: members in the order in which a person would want them.
using Json = nlohmann::ordered_json;

http::Response json_response(int status, const Json& json);
/// As text; what is not UTF-8 is replaced, so that it never fails.
std::string text_of(const Json& json);

/// `account` is the one that the connection uses, or null.
Json json_of(const connections::ServerConnection& connection, const connections::ServiceAccount* account);
Json json_of(const connections::ServiceAccount& account);
/// "destination" and "destination_proven"; null and false where the stored fields do not hold.
void add_destination(Json& json, const Result<connections::Destination>& destination);
Json json_of(const connections::DirectoryRecord& directory);
/// The run and those steps.
Json json_of(const work::Run& run);
Json json_of(const work::RunChanges& changes);
/// "2026-01-31T09:05:00.123Z", or null.
Json json_of(const std::optional<Timestamp>& time);

}  // namespace mailward::api
