#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "connections/recovery.h"

namespace mailward::api {

namespace {

using connections::ServiceAccount;

}  // namespace

Outcome account_answer(Call& call, int status, const ServiceAccount& account) {
  MW_TRY(const auto users, call.parts.ledger.connections_of(account.id));
  Json json = json_of(account);
  json["directory_name"] = "";
  if (account.directory) {
    MW_TRY(const auto directory, call.parts.ledger.directory(*account.directory));
    json["directory_name"] = directory.form.name;
  }
  json["reset_account_name"] = "";
  json["reset_account_password"] = "none";
  if (account.reset_account) {
    MW_TRY(const auto resetting, call.parts.ledger.account(*account.reset_account));
    const Json shown = json_of(resetting);
    json["reset_account_name"] = resetting.name;
    json["reset_account_password"] = shown.at("password");
  }
  json["twin"] = account.twin ? Json(account.twin->text()) : Json(nullptr);
  json["twin_name"] = "";
  json["twin_resolved"] = "";
  if (account.twin) {
    MW_TRY(const auto twin, call.parts.ledger.account(*account.twin));
    json["twin_name"] = twin.name;
    json["twin_resolved"] = twin.resolved;
  }
  MW_TRY(const auto plan, call.parts.ledger.plan(account.id));
  json["rotation_mode"] = name_of(plan.mode);
  MW_TRY(const auto rotation, call.parts.rotations.open_of(account.id));
  json["rotation"] = rotation ? Json(rotation->run.text()) : Json(nullptr);
  Json& used_by = json["connections"] = Json::array();
  for (const auto& connection : users) {
    Json one{{"id", connection.id.text()}, {"description", connection.form.description}};
    add_destination(one, call.parts.ledger.shown_destination(connection));
    used_by.push_back(std::move(one));
  }
  http::Response response = json_response(status, json);
  if (status == 201) response.headers.set("Location", "/api/v1/accounts/" + account.id.text());
  return response;
}

namespace {

Outcome list_accounts(Call& call) {
  MW_TRY(const auto accounts, call.parts.ledger.accounts());
  Json list = Json::array();
  for (const ServiceAccount& account : accounts) list.push_back(json_of(account));
  return json_response(200, {{"accounts", list}});
}

Outcome create_account(Call& call) {
  const std::string name = call.body.required_text("name");
  auto directory = read_directory(call);
  if (!directory) return std::unexpected(std::move(directory.error()));
  API_CHECK(call.body.finish());
  MW_TRY(const auto made, call.parts.ledger.create_account(name, *directory, call.by));
  return account_answer(call, 201, made);
}

Outcome get_account(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  MW_CHECK(call.note_view("account", account.id.text()));
  return account_answer(call, 200, account);
}

Outcome put_account(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  const std::string name = call.body.required_text("name");
  const auto version = read_version(call.body);
  auto directory = read_directory(call);
  if (!directory) return std::unexpected(std::move(directory.error()));
  API_CHECK(call.body.finish());
  MW_TRY(const auto saved, call.parts.ledger.update_account(stands.id, version, name, *directory, call.by));
  return account_answer(call, 200, saved);
}

/// The connections are named, for a password goes only where it was typed for; and each one's destination as the person
/// saw it, for somebody may have changed it since.
Outcome put_password(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  const auto version = read_version(call.body);
  auto password = read_password(call.body);
  if (!password) call.body.add_problem("password", "this member is required");
  std::vector<connections::TypedFor> typed_for;
  const auto named = call.body.texts("connections");
  if (!named) call.body.add_problem("connections", "the connections that the password is typed for are required");
  const auto shown = call.body.texts("destinations");
  if (!shown || (named && shown->size() != named->size())) {
    call.body.add_problem("destinations", "the destination of each of the connections is required, in their order");
  }
  API_CHECK(call.body.finish());
  MW_CHECK(call.require_confirmed());
  for (std::size_t i = 0; i < named->size(); ++i) {
    MW_TRY(const auto connection, call.parts.ledger.find_connection((*named)[i]));
    typed_for.push_back({connection.id, (*shown)[i]});
  }
  MW_TRY(const auto saved,
         call.parts.ledger.set_password(stands.id, version, std::move(*password), typed_for, call.by));
  for (const auto& one : typed_for) MW_CHECK(call.parts.tests.settle_saved(one.connection, call.by));
  MW_CHECK(call.parts.rotations.follow_typed(saved.id, call.by));
  MW_TRY(const auto settled, call.parts.ledger.account(saved.id));
  return account_answer(call, 200, settled);
}

Outcome rebind_account(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  const auto version = read_version(call.body);
  const std::string destination = call.body.required_text("destination");
  API_CHECK(call.body.finish());
  MW_TRY(const auto saved, call.parts.ledger.rebind(stands.id, version, destination, call.by));
  return account_answer(call, 200, saved);
}

/// The newest password that the recovery file has of it (or the one of that number), by the private half of the
/// recovery key; then it is proven as a typed one.
Outcome recover_account(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  const auto version = read_version(call.body);
  const SecretString private_half = call.body.required_secret("private_half");
  std::optional<std::int64_t> number;
  if (const std::int64_t given = call.body.integer("number", 0, 1'000'000'000, 0); given > 0) number = given;
  API_CHECK(call.body.finish());
  MW_TRY(const SecretString password,
         connections::recovered_password(call.parts.recovery, stands, private_half, number));
  MW_TRY(const auto saved, call.parts.ledger.add_recovered(stands.id, version, password, call.by));
  MW_CHECK(call.parts.rotations.follow_typed(saved.id, call.by));
  return account_answer(call, 200, saved);
}

Outcome delete_account(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  auto version = read_deleted_version(call);
  if (!version) return std::unexpected(std::move(version.error()));
  MW_CHECK(call.parts.ledger.delete_account(stands.id, *version, call.by));
  return http::Response::empty(204);
}

Outcome set_enabled(Call& call, bool enabled) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  const auto version = read_version(call.body);
  API_CHECK(call.body.finish());
  MW_TRY(const auto saved, call.parts.ledger.set_account_enabled(stands.id, version, enabled, call.by));
  return account_answer(call, 200, saved);
}

Outcome enable_account(Call& call) {
  return set_enabled(call, true);
}

Outcome disable_account(Call& call) {
  return set_enabled(call, false);
}

}  // namespace

std::span<const Route> account_routes() {
  static constexpr std::array<std::string_view, 1> kVersion{"version"};
  static constexpr std::array kRoutes{
      Route{"GET", "/accounts", Right::see_connections, Takes::nothing, list_accounts},
      Route{"POST", "/accounts", Right::change_connections, Takes::object, create_account},
      Route{"GET", "/accounts/{id}", Right::see_connections, Takes::nothing, get_account},
      Route{"PUT", "/accounts/{id}", Right::change_connections, Takes::object, put_account},
      Route{"DELETE", "/accounts/{id}", Right::change_connections, Takes::nothing, delete_account, kVersion},
      Route{"PUT", "/accounts/{id}/password", Right::change_connections, Takes::object, put_password},
      Route{"POST", "/accounts/{id}/rebind", OnServer{}, Takes::object, rebind_account},
      Route{"POST", "/accounts/{id}/recover", OnServer{}, Takes::object, recover_account},
      Route{"POST", "/accounts/{id}/enable", Right::change_connections, Takes::object, enable_account},
      Route{"POST", "/accounts/{id}/disable", Right::change_connections, Takes::object, disable_account},
  };
  return kRoutes;
}

}  // namespace mailward::api
