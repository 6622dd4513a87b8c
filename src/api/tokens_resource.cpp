#include <array>

#include <nlohmann/json.hpp>

#include "api/access_json.h"
#include "api/route.h"

namespace mailward::api {

namespace {

constexpr std::int64_t kDefaultDays = 90;

access::Rights read_rights(Body& body) {
  const auto names = body.texts("rights");
  if (!names) {
    body.add_problem("rights", "a list of rights is expected");
    return {};
  }
  const auto rights = access::parse_rights(*names);
  if (rights) return *rights;
  body.add_problem("rights", rights.error().message());
  return {};
}

/// A leaked token must not show, or end, those beside it. Errors: forbidden.
Status check_reach(const Call& call) {
  if (call.caller.kind != Caller::Kind::token || call.caller.may(Right::manage_tokens)) return {};
  return fail(ApiError::forbidden, "a program's token reaches other tokens only with the right " +
                                       std::string(name_of(Right::manage_tokens)));
}

/// Whose tokens: the signed-in user's; over the local socket, which is nobody in particular, the user that is named.
Result<access::User> owner_of(Call& call) {
  if (call.caller.user) return *call.caller.user;
  return call.parts.access.users.find_named(call.body.required_text("user"));
}

Outcome list_tokens(Call& call) {
  MW_CHECK(check_reach(call));
  const bool all = call.query_text("all") == "true";
  if (all && !call.caller.may(Right::manage_tokens)) {
    return fail(ApiError::forbidden, "others' tokens need the right " + std::string(name_of(Right::manage_tokens)));
  }
  std::optional<access::UserId> owner;
  if (!all && call.caller.user) owner = call.caller.user->id;
  MW_TRY(const auto tokens, call.parts.access.tokens.list(owner));
  Json list = Json::array();
  for (const access::Token& token : tokens) list.push_back(json_of(token));
  return json_response(200, {{"tokens", list}});
}

Outcome create_token(Call& call) {
  MW_TRY(const access::User owner, owner_of(call));
  access::NewToken form;
  form.description = call.body.required_text("description");
  form.rights = read_rights(call.body);
  form.expires_in =
      std::chrono::days(call.body.integer("expires_in_days", 1, access::Tokens::kLongest.count(), kDefaultDays));
  for (const auto& problem : check_token(form, call.caller.user ? call.caller.rights : owner.rights())) {
    if (problem.field != "rights" || !form.rights.empty()) call.body.add_problem(problem.field, problem.problem);
  }
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  MW_TRY(const auto created, call.parts.access.tokens.create(owner.id, form, call.by));
  return json_response(201, {{"token", json_of(created.token)}, {"secret", created.secret.reveal()}});
}

Outcome revoke_token(Call& call) {
  MW_CHECK(check_reach(call));
  const auto id = access::TokenId::parse(call.path("id"));
  if (!id) return fail(access::AccessError::unknown_token, "there is no such token");
  std::optional<access::UserId> owner;
  if (!call.caller.may(Right::manage_tokens)) owner = call.caller.user->id;
  MW_CHECK(call.parts.access.tokens.revoke(*id, owner, call.by));
  return http::Response::empty(204);
}

}  // namespace

std::span<const Route> token_routes() {
  static constexpr std::array<std::string_view, 1> kAll{"all"};
  static constexpr std::array kRoutes{
      Route{"GET", "/tokens", Known{}, Takes::nothing, list_tokens, kAll},
      Route{"POST", "/tokens", Known{}, Takes::object, create_token, {}, Sensitive::yes},
      Route{"DELETE", "/tokens/{id}", Known{}, Takes::nothing, revoke_token},
  };
  return kRoutes;
}

}  // namespace mailward::api
