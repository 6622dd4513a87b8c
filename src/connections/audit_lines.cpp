#include "connections/audit_lines.h"

#include <nlohmann/json.hpp>

#include "base/tls.h"
#include "work/events.h"

namespace mailward::connections::audit_lines {

namespace {

std::string trust_identity(const std::string& pem) {
  if (pem.empty()) return CertificateTrust::system().identity();
  const auto trust = CertificateTrust::from_pem(pem);
  return trust ? trust->identity() : "malformed";
}

}  // namespace

nlohmann::json of(const ServerConnection& connection) {
  const ConnectionForm& form = connection.form;
  return {
      {"description", form.description},
      {"ews_url", form.ews_url},
      {"master_mailbox", form.master_mailbox},
      {"account", connection.account.text()},
      {"authentication", form.authentication.text()},
      {"trust", trust_identity(form.trust_pem)},
      {"mailbox_check", form.mailbox_check},
      {"refused_mailbox", form.refused_mailbox},
      {"front_ends", form.front_ends},
      {"products", form.products},
      {"concurrency", form.concurrency},
      {"user_agent", form.user_agent},
      {"heartbeat_seconds", form.heartbeat_seconds},
      {"autodiscover", form.autodiscover},
      {"proxy_url", form.proxy.url},
      {"proxy_sign_in", name_of(form.proxy.sign_in)},
      {"proxy_user", form.proxy.user},
      {"proxy_trust", form.proxy.is_set() ? trust_identity(form.proxy.trust_pem) : ""},
      {"enabled", connection.state != ConnectionState::disabled},
  };
}

nlohmann::json of(const ServiceAccount& account) {
  return {
      {"name", account.name},         {"directory", account.directory ? account.directory->text() : ""},
      {"enabled", account.enabled},   {"sid", account.sid},
      {"resolved", account.resolved},
  };
}

nlohmann::json of(const DirectoryRecord& directory) {
  const DirectoryForm& form = directory.form;
  return {
      {"name", form.name},       {"realm", form.realm},
      {"domain", form.domain},   {"controllers", form.controllers},
      {"base_dn", form.base_dn}, {"trust", trust_identity(form.trust_pem)},
      {"reader", form.reader},   {"reader_sign_in", name_of(form.reader_sign_in)},
  };
}

nlohmann::json change(const nlohmann::json& before, const nlohmann::json& after) {
  nlohmann::json differing = {{"before", nlohmann::json::object()}, {"after", nlohmann::json::object()}};
  for (const auto& [field, value] : after.items()) {
    const auto old = before.find(field);
    if (old != before.end() && *old == value) continue;
    if (old != before.end()) differing["before"][field] = *old;
    differing["after"][field] = value;
  }
  return differing;
}

Status append(db::Transaction& tx, const audit::Trail& trail, const By& by, const Line& line) {
  const std::string details = line.details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  MW_CHECK(trail.append(tx, {.by = by,
                             .action = std::string(line.action),
                             .object_kind = std::string(line.kind),
                             .object_id = line.id,
                             .outcome = std::string(line.outcome),
                             .details = details}));
  MW_CHECK(work::events::emit(tx, line.action, line.id, details, trail.now()));
  return {};
}

}  // namespace mailward::connections::audit_lines
