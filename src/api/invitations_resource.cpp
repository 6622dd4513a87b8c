#include <array>

#include <nlohmann/json.hpp>

#include "api/access_json.h"
#include "api/route.h"

namespace mailward::api {

namespace {

Outcome open_invitation(Call& call) {
  const SecretString token = call.body.required_secret("token");
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  MW_TRY(const auto opened, call.parts.access.invitations.open(token.reveal(), call.caller.source, call.by.request_id));
  return json_response(200, {{"name", opened.name},
                             {"display_name", opened.display_name},
                             {"expires_at", format_timestamp(opened.expires_at)}});
}

Outcome accept_invitation(Call& call) {
  const SecretString token = call.body.required_secret("token");
  const SecretString password = call.body.required_secret("password");
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  auto accepted =
      call.parts.access.invitations.accept(token.reveal(), password, call.caller.source, call.by.request_id);
  if (!accepted) return std::unexpected(weak_password_of(std::move(accepted.error()), "password"));
  return http::Response::empty(204);
}

}  // namespace

std::span<const Route> invitation_routes() {
  static constexpr std::array kRoutes{
      Route{"POST", "/invitations/open", Anybody{}, Takes::object, open_invitation},
      Route{"POST", "/invitations/accept", Anybody{}, Takes::object, accept_invitation},
  };
  return kRoutes;
}

}  // namespace mailward::api
