#include "audit/entry_line.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mailward::audit {

namespace {

using Json = nlohmann::ordered_json;

/// In JSON a quote inside a text is escaped, so this stands only before the last member.
constexpr std::string_view kDetails = ",\"details\":";
constexpr std::string_view kDetailsCut = ",\"details_cut\":true}";

std::string text_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::unexpected<Error> malformed() {
  return fail(BaseError::malformed, "the line is no entry of an audit trail");
}

}  // namespace

std::string entry_line(const Link& link, std::size_t limit) {
  const Entry& entry = link.entry;
  const Json json{{"number", entry.number},
                  {"at", format_timestamp_exactly(entry.at)},
                  {"actor", entry.act.by.actor.text()},
                  {"source", entry.act.by.source},
                  {"token", entry.act.by.token},
                  {"action", entry.act.action},
                  {"object_kind", entry.act.object_kind},
                  {"object_id", entry.act.object_id},
                  {"outcome", entry.act.outcome},
                  {"request_id", entry.act.by.request_id},
                  {"previous_mac", to_hex(link.previous_mac)},
                  {"mac", to_hex(link.mac)}};
  std::string line = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  line.pop_back();
  const std::string& details = entry.act.details;
  const bool one_line = details.find_first_of("\r\n") == std::string::npos;
  if (!one_line || line.size() + kDetails.size() + details.size() + 1 > limit) {
    return line.append(kDetailsCut);
  }
  return line.append(kDetails).append(details).append("}");
}

Result<ReadLine> read_entry_line(std::string_view line) {
  const std::size_t begin = line.find("{\"number\":");
  if (begin == std::string_view::npos) return malformed();
  line.remove_prefix(begin);
  while (line.ends_with('\n') || line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  const std::size_t details = line.find(kDetails);
  const bool whole = details != std::string_view::npos;
  // The details are not parsed: their bytes are what counts, and they may be large.
  const Json json = Json::parse(whole ? std::string(line.substr(0, details)) + "}" : std::string(line), nullptr, false);
  if (!json.is_object() || !json.contains("number") || !json["number"].is_number_integer()) return malformed();
  const auto mac = from_hex(text_in(json, "mac"));
  ReadLine read{.number = json["number"].get<std::int64_t>(), .mac = {}, .link = std::nullopt};
  if (!mac || mac->size() != read.mac.size() || read.number < 1) return malformed();
  std::ranges::copy(*mac, read.mac.begin());
  if (!whole || !line.ends_with('}')) return read;

  const auto previous = from_hex(text_in(json, "previous_mac"));
  const auto at = parse_timestamp(text_in(json, "at"));
  auto actor = Actor::parse(text_in(json, "actor"));
  if (!previous || !at || !actor) return malformed();
  const std::size_t from = details + kDetails.size();
  read.link = Link{.entry = {.number = read.number,
                             .at = *at,
                             .act = {.by = {.actor = *std::move(actor),
                                            .source = text_in(json, "source"),
                                            .token = text_in(json, "token"),
                                            .request_id = text_in(json, "request_id")},
                                     .action = text_in(json, "action"),
                                     .object_kind = text_in(json, "object_kind"),
                                     .object_id = text_in(json, "object_id"),
                                     .outcome = text_in(json, "outcome"),
                                     .details = std::string(line.substr(from, line.size() - from - 1))}},
                   .previous_mac = *previous,
                   .mac = *mac};
  return read;
}

}  // namespace mailward::audit
