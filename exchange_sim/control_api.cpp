#include "exchange_sim/control_api.h"

#include <array>
#include <charconv>
#include <mutex>
#include <shared_mutex>

#include "exchange_sim/autodiscover.h"
#include "exchange_sim/control_answers.h"
#include "exchange_sim/control_guard.h"
#include "exchange_sim/control_organisation.h"
#include "exchange_sim/fault_keys.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/people_pages.h"
#include "exchange_sim/simulator.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

using nlohmann::json;

constexpr auto kPassword = std::to_array<KnownKey>({{.name = "password", .kind = ValueKind::secret, .needed = true}});
constexpr auto kAccount = std::to_array<KnownKey>({
    {.name = "state", .one_of = "enabled disabled expired password_expired must_change"},
    {.name = "unlock", .kind = ValueKind::yes_no},
});
constexpr auto kFolder = std::to_array<KnownKey>({
    {.name = "name", .needed = true},
    {.name = "hidden", .kind = ValueKind::yes_no},
    {.name = "items", .kind = ValueKind::texts},
});
constexpr auto kMailbox = std::to_array<KnownKey>({
    {.name = "place", .one_of = "here exchange_online moving gone"},
    {.name = "ews_enabled", .kind = ValueKind::yes_no},
    {.name = "autodiscover"},
    {.name = "hold", .kind = ValueKind::yes_no},
    {.name = "mime_differs", .kind = ValueKind::yes_no},
    {.name = "quota", .kind = ValueKind::whole, .most = 1LL << 50},
    {.name = "full_access", .kind = ValueKind::texts},
});
constexpr auto kImpersonation = std::to_array<KnownKey>({
    {.name = "everyone", .kind = ValueKind::yes_no},
    {.name = "mailboxes", .kind = ValueKind::smtps},
});
constexpr auto kDirectory = std::to_array<KnownKey>({
    {.name = "build", .one_of = "2010 2013 2016 2019 SE"},
    {.name = "schemes", .kind = ValueKind::texts, .filled = true, .one_of = "Negotiate NTLM Basic"},
    {.name = "extended_protection", .one_of = "none allow require"},
    {.name = "per_request_authentication", .kind = ValueKind::yes_no},
    {.name = "basic_token_s", .kind = ValueKind::whole},
    {.name = "strict_transport_security"},
});

http::Response done(const Status& status) {
  if (status) return answer(200, json::object());
  return refuse(status.error().is(BaseError::invalid_argument) ? 400 : 500, status.error().describe());
}

http::Response no_such_fault(std::string_view name) {
  return refuse(404, "there is no such fault: " + not_known(name, all_fault_names()));
}

json to_json(const AccountView& account) {
  return {{"name", account.name},
          {"upn", account.upn},
          {"state", account_state_name(account.state)},
          {"locked", account.locked},
          {"bad_password_count", account.bad_password_count},
          {"bad_passwords_seen", account.bad_passwords_seen},
          {"sign_ins", account.sign_ins},
          {"password_last_set", format_timestamp(account.password_last_set)}};
}

json to_json(const RequestRecord& record) {
  return {{"number", record.number},
          {"at", format_timestamp(record.at)},
          {"front_end", record.front_end},
          {"connection", record.connection},
          {"method", record.method},
          {"path", record.path},
          {"user_agent", record.user_agent},
          {"client_request_id", record.client_request_id},
          {"anchor_mailbox", record.anchor_mailbox},
          {"authorization", record.authorization},
          {"account", record.account},
          {"scheme", record.scheme},
          {"operation", record.operation},
          {"note", record.note},
          {"body_bytes", record.body_bytes},
          {"status", record.status}};
}

json to_json(const VirtualDirectory& directory) {
  json schemes = json::array();
  for (const Scheme scheme : directory.schemes) schemes.push_back(scheme_name(scheme));
  return {{"build", directory.build->name},
          {"schemes", schemes},
          {"extended_protection", extended_protection_name(directory.extended_protection)},
          {"per_request_authentication", directory.per_request_authentication},
          {"basic_token_s", directory.basic_token.count()},
          {"strict_transport_security", directory.strict_transport_security}};
}

void add_fault_routes(http::Router& router, Simulator& simulator) {
  router.add("GET", "/control/faults", with_json([&](const http::Request&, const json&) {
               json faults = json::object();
               for (const auto& [kind, setting] : simulator.faults().all()) {
                 faults[std::string(fault_name(kind))] = to_json(kind, setting);
               }
               return answer(200, faults);
             }));
  router.add("PUT", "/control/faults/{name}", with_json([&](const http::Request& request, const json& body) {
               const auto kind = fault_from(request.path_value("name"));
               if (!kind) return no_such_fault(request.path_value("name"));
               if (auto refusal = refusal_of(body, keys_of_fault(*kind))) return *std::move(refusal);
               return done(simulator.set_fault(*kind, fault_setting_of(body)));
             }));
  router.add("DELETE", "/control/faults/{name}", with_json([&](const http::Request& request, const json&) {
               const auto kind = fault_from(request.path_value("name"));
               if (!kind) return no_such_fault(request.path_value("name"));
               return done(simulator.clear_fault(*kind));
             }));
  router.add("DELETE", "/control/faults",
             with_json([&](const http::Request&, const json&) { return done(simulator.clear_faults()); }));
  router.add("POST", "/control/reset",
             with_json([&](const http::Request&, const json&) { return done(simulator.reset()); }));
}

http::Response change_account(AccountList& accounts, const http::Request& request, const json& body) {
  const std::string name(request.path_value("name"));
  if (!accounts.view(name)) return refuse(404, "no such account");
  if (body.contains("state")) accounts.set_state(name, *account_state_from(body.at("state").get<std::string>()));
  if (body.value("unlock", false)) accounts.unlock(name);
  return answer(200, to_json(*accounts.view(name)));
}

void add_account_routes(http::Router& router, Simulator& simulator) {
  AccountList* accounts = simulator.accounts();
  if (accounts == nullptr) return;
  router.add("GET", "/control/accounts", with_json([accounts](const http::Request&, const json&) {
               json all = json::array();
               for (const AccountView& account : accounts->all()) all.push_back(to_json(account));
               return answer(200, all);
             }));
  router.add("GET", "/control/accounts/{name}", with_json([accounts](const http::Request& request, const json&) {
               const auto account = accounts->view(request.path_value("name"));
               return account ? answer(200, to_json(*account)) : refuse(404, "no such account");
             }));
  router.add("PATCH", "/control/accounts/{name}",
             with_json(kAccount, [accounts](const http::Request& request, const json& body) {
               return change_account(*accounts, request, body);
             }));
  router.add("POST", "/control/accounts/{name}/password",
             with_json(kPassword, [accounts](const http::Request& request, const json& body) {
               const SecretString password(body.at("password").get_ref<const std::string&>());
               const bool known = accounts->reset_password(request.path_value("name"), password);
               return known ? answer(200, json::object()) : refuse(404, "no such account");
             }));
}

void list_folders(const Folder& folder, json& all) {  // NOLINT(misc-no-recursion): as deep as the tree
  json subjects = json::array();
  for (const auto& [arrival, item] : folder.items) subjects.push_back(plain_field(*item, field_id("item:Subject")));
  const Folder& parent = folder.parent == nullptr ? folder : *folder.parent;
  all.push_back({{"name", folder.name},
                 {"distinguished", folder.distinguished},
                 {"parent", parent.distinguished.empty() ? parent.name : parent.distinguished},
                 {"hidden", folder.hidden()},
                 {"items", subjects}});
  for (const Folder* below : folder.children) list_folders(*below, all);
}

json folders_of(const Mailbox& mailbox) {
  const std::shared_lock lock(mailbox.mutex);
  json all = json::array();
  for (const Folder* root : mailbox.roots()) list_folders(*root, all);
  return all;
}

void make_folder_below_root(Mailbox& mailbox, const json& body) {
  const std::unique_lock lock(mailbox.mutex);
  NewFolder wish{.name = body.at("name").get<std::string>(), .folder_class = "IPF.Note"};
  if (body.value("hidden", false))
    wish.extended.push_back({.key = "tag:10f4:Boolean", .xml = "<t:Value>true</t:Value>"});
  Folder& made = mailbox.make_folder(mailbox.find_distinguished("root"), std::move(wish));
  for (const auto& subject : body.value("items", std::vector<std::string>{})) {
    auto item = std::make_unique<Item>();
    item->item_class = "IPM.Note";
    item->created = item->modified = item->received = item->sent = mailbox.now();
    item->modified_by = mailbox.display_name;
    item->read = item->draft = true;
    item->set(field_id("item:Subject"), {.inner = escape_text(subject)});
    item->set(field_id("message:From"), owner_value(mailbox));
    mailbox.add(std::move(item), made, Arrival::created);
  }
}

/// An account or a mailbox's address. A real Active Directory is not asked for its accounts.
bool is_known(Simulator& simulator, const std::string& who) {
  return simulator.accounts() == nullptr || simulator.accounts()->view(who) ||
         simulator.organisation().find_mailbox(who) != nullptr;
}

void add_organisation_routes(http::Router& router, Simulator& simulator) {
  Organisation& organisation = simulator.organisation();
  router.add("GET", "/control/mailboxes", with_json([&](const http::Request&, const json&) {
               json all = json::array();
               for (const Mailbox& mailbox : organisation.mailboxes()) {
                 all.push_back({{"smtp", mailbox.smtp},
                                {"account", mailbox.account},
                                {"guid", mailbox.guid},
                                {"sid", mailbox.sid},
                                {"place", mailbox_place_name(organisation.place(mailbox))},
                                {"ews_enabled", organisation.ews_enabled(mailbox)},
                                {"full_access", organisation.full_access(mailbox)},
                                {"autodiscover", organisation.autodiscover_target(mailbox)}});
               }
               return answer(200, all);
             }));
  router.add("GET", "/control/mailboxes/{smtp}/folders", with_json([&](const http::Request& request, const json&) {
               const Mailbox* mailbox = organisation.find_mailbox(request.path_value("smtp"));
               if (mailbox == nullptr) return refuse(404, "no such mailbox");
               return answer(200, folders_of(*mailbox));
             }));
  router.add("POST", "/control/mailboxes/{smtp}/folders",
             with_json(kFolder, [&](const http::Request& request, const json& body) {
               Mailbox* mailbox = organisation.find_mailbox(request.path_value("smtp"));
               if (mailbox == nullptr) return refuse(404, "no such mailbox");
               make_folder_below_root(*mailbox, body);
               return answer(200, json::object());
             }));
  router.add("POST", "/control/mailboxes/{smtp}/forget-changes",
             with_json([&](const http::Request& request, const json&) {
               Mailbox* mailbox = organisation.find_mailbox(request.path_value("smtp"));
               if (mailbox == nullptr) return refuse(404, "no such mailbox");
               const std::unique_lock lock(mailbox->mutex);
               mailbox->forget_changes();
               return answer(200, json::object());
             }));
  router.add("PATCH", "/control/mailboxes/{smtp}",
             with_json(kMailbox, [&](const http::Request& request, const json& body) {
               const std::string smtp(request.path_value("smtp"));
               Mailbox* mailbox = organisation.find_mailbox(smtp);
               if (mailbox == nullptr) return refuse(404, "no such mailbox");
               for (const auto& who : body.value("full_access", std::vector<std::string>{})) {
                 if (!is_known(simulator, who)) return refuse(400, "there is no account or mailbox " + printable(who));
               }
               const auto target = body.value("autodiscover", std::string());
               if (!target.empty() && !is_autodiscover_target(target)) {
                 return refuse(400, "autodiscover: an address or an https URL is expected");
               }
               if (body.contains("autodiscover")) organisation.set_autodiscover_target(smtp, target);
               if (body.contains("hold") || body.contains("mime_differs") || body.contains("quota")) {
                 const std::unique_lock lock(mailbox->mutex);
                 mailbox->quota = body.value("quota", mailbox->quota);
                 mailbox->hold = body.value("hold", mailbox->hold);
                 mailbox->mime_differs = body.value("mime_differs", mailbox->mime_differs);
               }
               if (body.contains("place")) {
                 const auto place = mailbox_place_from(body.at("place").get<std::string>());
                 organisation.set_place(smtp, *place);
                 // Another server knows nothing of the subscriptions that were made with this one.
                 if (*place != MailboxPlace::here) simulator.subscriptions().remove_of(*mailbox);
               }
               if (body.contains("full_access")) {
                 organisation.set_full_access(smtp, body.at("full_access").get<std::vector<std::string>>());
               }
               if (body.contains("ews_enabled")) organisation.set_ews_enabled(smtp, body.at("ews_enabled").get<bool>());
               return answer(200, json::object());
             }));
  router.add("PUT", "/control/impersonation/{account}",
             with_json(kImpersonation, [&](const http::Request& request, const json& body) {
               const std::string account(request.path_value("account"));
               if (simulator.accounts() != nullptr && !simulator.accounts()->view(account)) {
                 return refuse(404, "no such account");
               }
               for (const auto& smtp : body.value("mailboxes", std::vector<std::string>{})) {
                 if (organisation.find_mailbox(smtp) == nullptr) return refuse(400, "there is no mailbox " + smtp);
               }
               organisation.set_grant({.account = account,
                                       .everyone = body.value("everyone", false),
                                       .mailboxes = body.value("mailboxes", std::vector<std::string>{})});
               return answer(200, json::object());
             }));
}

http::Response change_directory(LiveDirectory& live, const json& body) {
  VirtualDirectory directory = live.get();
  if (body.contains("build")) {
    directory.build = find_build(body.at("build").get<std::string>());
  }
  if (body.contains("schemes")) {
    directory.schemes.clear();
    for (const auto& name : body.at("schemes")) {
      directory.schemes.push_back(*scheme_from(name.get<std::string>()));
    }
  }
  if (body.contains("extended_protection")) {
    directory.extended_protection = *extended_protection_from(body.at("extended_protection").get<std::string>());
  }
  directory.per_request_authentication = body.value("per_request_authentication", directory.per_request_authentication);
  directory.strict_transport_security = body.value("strict_transport_security", directory.strict_transport_security);
  directory.basic_token = std::chrono::seconds(body.value("basic_token_s", directory.basic_token.count()));
  live.set(directory);
  return answer(200, to_json(directory));
}

void add_server_routes(http::Router& router, Simulator& simulator) {
  router.add("GET", "/control/directory", with_json([&](const http::Request&, const json&) {
               return answer(200, to_json(simulator.directory().get()));
             }));
  router.add("PATCH", "/control/directory", with_json(kDirectory, [&](const http::Request&, const json& body) {
               return change_directory(simulator.directory(), body);
             }));
  router.add("GET", "/control/requests", with_json([&](const http::Request& request, const json&) {
               std::uint64_t since = 0;
               if (const auto text = request.query_value("since")) {
                 const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), since);
                 if (error != std::errc{} || end != text->data() + text->size()) {
                   return refuse(400, "since must be the number of a request, not " + printable(*text));
                 }
               }
               json all = json::array();
               for (const RequestRecord& record : simulator.log().since(since)) all.push_back(to_json(record));
               return answer(200, {{"count", simulator.log().count()}, {"requests", all}});
             }));
  router.add("DELETE", "/control/requests", with_json([&](const http::Request&, const json&) {
               simulator.log().clear();
               return answer(200, json::object());
             }));
}

}  // namespace

std::shared_ptr<const http::Router> make_control_routes(Simulator& simulator) {
  http::Router router;
  add_people_pages(router, simulator);
  add_fault_routes(router, simulator);
  add_account_routes(router, simulator);
  add_organisation_routes(router, simulator);
  add_server_routes(router, simulator);
  add_running_organisation_routes(router, simulator);
  json routes = json::array();
  for (const auto& route : router.routes()) routes.push_back(route.method + " " + route.pattern);
  router.add("GET", "/control", with_json([routes](const http::Request&, const json&) {
               return answer(200, {{"routes", routes}, {"faults", all_fault_names()}});
             }));
  return only_for_this_machine(router);
}

}  // namespace mailward::exchange_sim
