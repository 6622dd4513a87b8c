#include "renewal/renewal_report.h"

#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace mailward::renewal {

namespace {

using Json = nlohmann::ordered_json;

Json maybe(const std::optional<Timestamp>& time) {
  return time ? Json(format_timestamp(*time)) : Json(nullptr);
}

Json object_in(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

Json actor_json(const std::string& actor, const ActorNames& names) {
  if (actor.empty()) return nullptr;
  return {{"actor", actor}, {"name", shown_actor(actor, names)}};
}

/// A text with people's names in place of their ids.
std::string with_names(std::string text, ActorNames names) {
  names.emplace("local:0 ", shown_actor("local:0", names) + ", ");
  for (const auto& [actor, name] : names) {
    for (auto at = text.find(actor); at != std::string::npos; at = text.find(actor, at + name.size())) {
      text.replace(at, actor.size(), name);
    }
  }
  return text;
}

std::string_view title_of(const RenewalItem& item) {
  const KindInfo& reset = info_of_reset_account();
  return item.kind == reset.kind && item.reason == reset.reason ? reset.title : info_of_kind(item.kind).title;
}

/// What was still seen with the old password, of each rotation that was watched.
Json seen_with_old(const Json& proof) {
  Json seen = Json::array();
  for (const Json& one : proof.value("rotations", Json::array())) {
    if (one.contains("old_password")) seen.push_back(one.at("old_password"));
  }
  return seen;
}

}  // namespace

std::string shown_actor(const std::string& actor, const ActorNames& names) {
  if (const auto found = names.find(actor); found != names.end()) return found->second;
  if (actor == "local:0") return "root, on the server";
  if (actor.starts_with("local:")) return "user " + actor.substr(6) + ", on the server";
  return actor.starts_with("system:") ? "Mailward" : actor;
}

Json json_of(const RenewalItem& item) {
  const Json proof = object_in(item.proof);
  Json json{{"position", item.position},
            {"kind", item.kind},
            {"title", title_of(item)},
            {"id", item.secret},
            {"opens", item.opens},
            {"way", name_of(item.way)},
            {"times", item.times},
            {"done_times", item.done_times},
            {"state", name_of(item.state)},
            {"meaning", info_of(item.state).meaning},
            {"reason", item.reason},
            {"how", item.how},
            {"command", item.command},
            {"page", item.page},
            {"why", item.why},
            {"remedy", item.remedy},
            {"rotation", item.run ? Json(item.run->text()) : Json(nullptr)},
            {"begun", maybe(item.begun)},
            {"ended", maybe(item.ended)},
            {"before", object_in(item.before)},
            {"after", object_in(item.after)},
            {"proof", proof}};
  json["seen_with_old"] = seen_with_old(proof);
  return json;
}

Json json_of(const Renewal& renewal, const ActorNames& names) {
  Json json{{"id", renewal.id.text()},
            {"state", name_of(renewal.state)},
            {"meaning", info_of(renewal.state).meaning},
            {"why", with_names(renewal.why, names)},
            {"kinds", renewal.kinds},
            {"asked_by", actor_json(renewal.asked_by, names)},
            {"needs_approval", renewal.needs_approval},
            {"approved_by", actor_json(renewal.approved_by, names)},
            {"approved", maybe(renewal.approved)},
            {"started_by", actor_json(renewal.started_by, names)},
            {"started", maybe(renewal.started)},
            {"run", renewal.run ? Json(renewal.run->text()) : Json(nullptr)},
            {"created", format_timestamp(renewal.created)},
            {"updated", format_timestamp(renewal.updated)},
            {"ended", maybe(renewal.ended)},
            {"items", Json::array()}};
  for (const RenewalItem& item : renewal.items) {
    Json shown = json_of(item);
    for (const char* moment : {"before", "after"}) {
      if (!shown[moment].contains("set_by")) continue;
      shown[moment]["set_by"] = shown_actor(shown[moment].value("set_by", ""), names);
    }
    json["items"].push_back(std::move(shown));
  }
  return json;
}

Json report_of(const Renewal& renewal, const ActorNames& names, const audit::Head& head, Timestamp now) {
  Json plan = json_of(renewal, names);
  Json items = std::move(plan["items"]);
  plan.erase("items");
  Json open = Json::array();
  for (const RenewalItem& item : renewal.items) {
    const bool is_open = !info_of(item.state).settled || item.state == ItemState::left || item.state == ItemState::kept;
    if (!is_open) continue;
    open.push_back({{"position", item.position},
                    {"title", title_of(item)},
                    {"opens", item.opens},
                    {"state", name_of(item.state)},
                    {"why", item.why.empty() ? std::string(info_of(item.state).meaning) : item.why},
                    {"what_to_do", item.remedy.empty() ? item.how : item.remedy}});
  }
  return {{"report", "mailward renewal of all secrets"},
          {"form", 1},
          {"made", format_timestamp(now)},
          {"plan", plan},
          {"items", items},
          {"stayed_open", open},
          {"audit_head", {{"number", head.number}, {"mac", to_hex(head.mac)}}}};
}

}  // namespace mailward::renewal
