#include <array>

#include <nlohmann/json.hpp>

#include "api/access_json.h"
#include "api/forms.h"
#include "api/route.h"

namespace mailward::api {

namespace {

using access::User;
using access::UserId;

Result<User> named_user(const Call& call) {
  return call.parts.access.users.find_named(call.path("id"));
}

access::Roles read_roles(Body& body) {
  const auto names = body.texts("roles");
  if (!names) {
    body.add_problem("roles", "a list of roles is expected");
    return {};
  }
  const auto roles = access::parse_roles(*names);
  if (roles) return *roles;
  body.add_problem("roles", roles.error().message());
  return {};
}

std::optional<Failure> finish_with(Body& body, const std::vector<access::FieldProblem>& problems) {
  for (const auto& problem : problems) {
    // What is no list of roles was said already.
    if (problem.field != "roles" || body.has("roles")) body.add_problem(problem.field, problem.problem);
  }
  return body.finish();
}

Outcome list_users(Call& call) {
  MW_TRY(const auto users, call.parts.access.users.list());
  Json list = Json::array();
  for (const User& user : users) list.push_back(json_of(user));
  return json_response(200, {{"users", list}});
}

Outcome invited(const Call& call, int status, const access::Users::Created& created) {
  Json json{{"user", json_of(created.user)}, {"invitation", json_of(created.invitation, call.parts.console_url())}};
  http::Response response = json_response(status, json);
  if (status == 201) response.headers.set("Location", "/api/v1/users/" + created.user.id.text());
  return response;
}

Outcome create_user(Call& call) {
  access::NewUser form;
  form.name = call.body.required_text("name");
  form.display_name = call.body.text("display_name");
  form.roles = read_roles(call.body);
  form.reads_content = call.body.flag("reads_content", false);
  API_CHECK(finish_with(call.body, check_user(form)));
  MW_TRY(const auto created, call.parts.access.users.create(form, call.by));
  return invited(call, 201, created);
}

Outcome get_user(Call& call) {
  MW_TRY(const User user, named_user(call));
  return json_response(200, json_of(user));
}

Outcome put_user(Call& call) {
  MW_TRY(const User stands, named_user(call));
  access::UserChanges changes;
  const auto version = read_version(call.body);
  changes.display_name = call.body.text("display_name");
  changes.roles = read_roles(call.body);
  changes.reads_content = call.body.flag("reads_content", stands.reads_content);
  changes.enabled = call.body.flag("enabled", stands.enabled);
  API_CHECK(finish_with(call.body, check_user(changes)));
  MW_TRY(const User user, call.parts.access.users.update(stands.id, version, changes, call.by));
  return json_response(200, json_of(user));
}

Outcome delete_user(Call& call) {
  MW_TRY(const User stands, named_user(call));
  auto version = read_deleted_version(call);
  if (!version) return std::unexpected(std::move(version.error()));
  MW_CHECK(call.parts.access.users.remove(stands.id, *version, call.by));
  MW_CHECK(call.parts.channels.forget_owner(stands.id.text(), call.by));
  return http::Response::empty(204);
}

Outcome reset_user(Call& call) {
  MW_TRY(const User stands, named_user(call));
  MW_TRY(const auto created, call.parts.access.users.reset(stands.id, call.by));
  return invited(call, 200, created);
}

Outcome reset_totp(Call& call) {
  MW_TRY(const User stands, named_user(call));
  MW_TRY(const User user, call.parts.access.users.reset_totp(stands.id, call.by));
  return json_response(200, json_of(user));
}

Json json_of(const access::RolePolicy& policy) {
  return {{"name", name_of(policy.role)},
          {"rights", access::rights_of(policy.role).names()},
          {"totp_required", policy.totp_required}};
}

Outcome list_roles(Call& call) {
  MW_TRY(const auto policies, call.parts.access.users.roles());
  Json list = Json::array();
  for (const auto& policy : policies) list.push_back(json_of(policy));
  return json_response(200, {{"roles", list}});
}

Outcome put_role(Call& call) {
  const auto role = access::role_named(call.path("name"));
  if (!role) return fail(access::AccessError::unknown_role, "there is no role " + printable(call.path("name"), 40));
  if (!call.body.has("totp_required")) call.body.add_problem("totp_required", "true or false is expected");
  const bool required = call.body.flag("totp_required", false);
  API_CHECK(call.body.finish());
  MW_TRY(const auto policy, call.parts.access.users.set_totp_required(*role, required, call.by));
  return json_response(200, json_of(policy));
}

}  // namespace

std::span<const Route> user_routes() {
  static constexpr std::array<std::string_view, 1> kVersion{"version"};
  static constexpr std::array kRoutes{
      Route{"GET", "/users", Right::see_users, Takes::nothing, list_users},
      Route{"POST", "/users", Right::manage_users, Takes::object, create_user, {}, Sensitive::yes},
      Route{"GET", "/users/{id}", Right::see_users, Takes::nothing, get_user},
      Route{"PUT", "/users/{id}", Right::manage_users, Takes::object, put_user, {}, Sensitive::yes},
      Route{"DELETE", "/users/{id}", Right::manage_users, Takes::nothing, delete_user, kVersion, Sensitive::yes},
      Route{"POST", "/users/{id}/reset", Right::manage_users, Takes::nothing, reset_user, {}, Sensitive::yes},
      Route{"POST", "/users/{id}/totp-reset", Right::manage_users, Takes::nothing, reset_totp, {}, Sensitive::yes},
      Route{"GET", "/roles", Right::see_users, Takes::nothing, list_roles},
      Route{"PUT", "/roles/{name}", Right::manage_users, Takes::object, put_role, {}, Sensitive::yes},
  };
  return kRoutes;
}

}  // namespace mailward::api
