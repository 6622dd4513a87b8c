#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>

#include <pwd.h>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "base/log.h"

namespace mailward::api {

namespace {

constexpr std::int64_t kMaxNumber = std::numeric_limits<std::int64_t>::max();
constexpr std::chrono::minutes kVerificationPatience{30};

/// How people call those who act: a user's name as it is now, the host's name of a local one; empty where neither is
/// known any more.
class ActorNames {
 public:
  explicit ActorNames(const Parts& parts) : parts_(parts) {}

  std::string of(const audit::Actor& actor) {
    if (actor.kind == audit::Actor::Kind::system) return {};
    const auto [found, added] = known_.try_emplace(actor.text());
    if (added) found->second = actor.kind == audit::Actor::Kind::user ? user(actor.name) : local(actor.name);
    return found->second;
  }

 private:
  std::string user(const std::string& id) const {
    const auto user = parts_.access.users.find_named(id);
    if (!user) return {};
    return user->display_name.empty() ? user->name : user->display_name;
  }
  static std::string local(const std::string& uid) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    uid_t number = 0;
    const auto [end, error] = std::from_chars(uid.data(), uid.data() + uid.size(), number);
    if (error != std::errc() || getpwuid_r(number, &entry, buffer.data(), buffer.size(), &found) != 0) return {};
    return found == nullptr ? std::string() : std::string(found->pw_name);
  }

  const Parts& parts_;
  std::map<std::string, std::string> known_;
};

Json json_of(const audit::Entry& entry, ActorNames& names) {
  const Json details = Json::parse(entry.act.details, nullptr, false);
  return {{"number", entry.number},
          {"at", format_timestamp(entry.at)},
          {"actor", entry.act.by.actor.text()},
          {"actor_name", names.of(entry.act.by.actor)},
          {"source", entry.act.by.source},
          {"token", entry.act.by.token},
          {"action", entry.act.action},
          {"object_kind", entry.act.object_kind},
          {"object_id", entry.act.object_id},
          {"outcome", entry.act.outcome},
          {"request_id", entry.act.by.request_id},
          {"details", details.is_discarded() ? Json(nullptr) : details}};
}

std::expected<std::optional<Timestamp>, Failure> query_time(Call& call, std::string_view name) {
  const std::string text = call.query_text(name);
  if (text.empty()) return std::nullopt;
  const auto time = parse_timestamp(text);
  if (time) return *time;
  const std::string field(name);
  return std::unexpected(Failure(Error(ApiError::invalid_request, field + ": " + time.error().message()),
                                 {{field, time.error().message()}}));
}

std::expected<std::optional<std::int64_t>, Failure> query_number(Call& call, std::string_view name) {
  if (!call.request.query_value(name)) return std::nullopt;
  auto number = call.query_integer(name, 0, kMaxNumber, 0);
  if (!number) return std::unexpected(std::move(number.error()));
  return *number;
}

Outcome list_audit(Call& call) {
  audit::Filter filter;
  auto after = query_number(call, "after");
  if (!after) return std::unexpected(std::move(after.error()));
  auto before = query_number(call, "before");
  if (!before) return std::unexpected(std::move(before.error()));
  auto limit = call.query_integer("limit", 1, 1000, 100);
  if (!limit) return std::unexpected(std::move(limit.error()));
  auto from = query_time(call, "from");
  if (!from) return std::unexpected(std::move(from.error()));
  auto until = query_time(call, "until");
  if (!until) return std::unexpected(std::move(until.error()));
  filter.after = *after;
  filter.before = *before;
  filter.limit = static_cast<std::size_t>(*limit);
  filter.from = *from;
  filter.until = *until;
  filter.actor = call.query_text("actor");
  filter.source = call.query_text("source");
  filter.action = call.query_text("action");
  filter.object_kind = call.query_text("object_kind");
  filter.object_id = call.query_text("object_id");
  filter.outcome = call.query_text("outcome");
  filter.request_id = call.query_text("request_id");
  MW_TRY(const auto entries,
         call.parts.database.read([&](db::Session& session) { return audit::Trail::find(session, filter); }));
  Json list = Json::array();
  ActorNames names(call.parts);
  for (const audit::Entry& entry : entries) list.push_back(json_of(entry, names));
  return json_response(200, {{"entries", list}, {"newest_first", !filter.after.has_value()}});
}

/// "NUMBER:MAC", as the command line reads them from lines that were sent out.
std::optional<audit::Head> known_entry(std::string_view text) {
  audit::Head known;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(0, colon);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), known.number);
  if (error != std::errc() || end != number.data() + number.size() || known.number < 1) {
    return std::nullopt;
  }
  const auto mac = from_hex(text.substr(colon + 1));
  if (!mac || mac->size() != known.mac.size()) return std::nullopt;
  std::ranges::copy(*mac, known.mac.begin());
  return known;
}

std::expected<std::optional<audit::Anchor>, Failure> read_anchor(Call& call) {
  const auto texts = call.body.texts("anchor");
  std::vector<audit::Head> known;
  for (std::size_t i = 0; texts && i < texts->size(); ++i) {
    const auto one = known_entry((*texts)[i]);
    if (!one) {
      call.body.add_problem("anchor[" + std::to_string(i) + "]", "\"NUMBER:MAC\" is expected, MAC as 64 digits");
      break;
    }
    known.push_back(*one);
  }
  API_CHECK(call.body.finish());
  if (!texts) return std::nullopt;
  MW_TRY(auto anchor, audit::Anchor::of(std::move(known)));
  return anchor;
}

/// That somebody looked, and what he saw.
void note(Call& call, const audit::Verification& seen) {
  const Json details{{"entries", seen.entries}, {"findings", seen.findings.size()}, {"anchored", seen.anchored}};
  const audit::Act act{.by = call.by,
                       .action = "audit.verify",
                       .object_kind = "audit",
                       .object_id = "trail",
                       .outcome = seen.intact() ? "ok" : "failed",
                       .details = text_of(details)};
  const auto done =
      call.parts.database.transaction([&](db::Transaction& tx) { return call.parts.trail.append(tx, act); });
  // A trail with a broken head takes no more entries; its reader is told all the same.
  if (!done) log::failure("a verification of the audit trail could not be noted", done.error());
}

Outcome verify_audit(Call& call) {
  auto anchor = read_anchor(call);
  if (!anchor) return std::unexpected(std::move(anchor.error()));
  const db::TransactionOptions patience{.deadline = Deadline::after(kVerificationPatience, call.parts.clock)};
  MW_TRY(const auto seen, call.parts.verifier.verify(*anchor ? &**anchor : nullptr, patience));
  note(call, seen);
  return http::Response::of(200, "application/json", audit::json_text(seen));
}

}  // namespace

std::span<const Route> audit_routes() {
  static constexpr std::array<std::string_view, 12> kQuery{"before",  "after",      "limit",       "actor",
                                                           "source",  "action",     "object_kind", "object_id",
                                                           "outcome", "request_id", "from",        "until"};
  static constexpr std::array kRoutes{
      Route{"GET", "/audit", Right::see_audit, Takes::nothing, list_audit, kQuery},
      Route{"POST", "/audit/verify", Right::see_audit, Takes::optional_object, verify_audit},
  };
  return kRoutes;
}

}  // namespace mailward::api
