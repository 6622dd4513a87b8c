#include <array>

#include <nlohmann/json.hpp>

#include "api/access_json.h"
#include "api/route.h"

namespace mailward::api {

namespace {

Outcome put_profile(Call& call) {
  const std::string display_name = call.body.required_text("display_name");
  for (const auto& problem : access::check_display_name(display_name)) {
    call.body.add_problem(problem.field, problem.problem);
  }
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  MW_TRY(const auto user,
         call.parts.access.profile.set_display_name(*call.caller.session, display_name, call.by.request_id));
  return json_response(200, json_of(user));
}

Outcome put_password(Call& call) {
  const SecretString current = call.body.required_secret("current_password");
  const SecretString wanted = call.body.required_secret("new_password");
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  auto changed = call.parts.access.profile.change_password(*call.caller.session, current, wanted, call.by.request_id);
  if (!changed) return std::unexpected(weak_password_of(std::move(changed.error()), "new_password"));
  return http::Response::empty(204);
}

Outcome begin_totp(Call& call) {
  const SecretString password = call.body.required_secret("password");
  const auto code = call.body.secret("code");
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  auto begun = call.parts.access.profile.begin_totp(*call.caller.session, password, call.by.request_id,
                                                    code ? std::optional(std::string(code->reveal())) : std::nullopt);
  if (!begun) return std::unexpected(Failure(std::move(begun.error())));
  return json_response(201, {{"secret", begun->secret.reveal()}, {"uri", begun->uri.reveal()}});
}

Outcome prove_totp(Call& call) {
  const SecretString code = call.body.required_secret("code");
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  auto proven = call.parts.access.profile.prove_totp(*call.caller.session, code.reveal(), call.by.request_id);
  if (!proven) return std::unexpected(Failure(std::move(proven.error())));
  return http::Response::empty(204);
}

Outcome drop_totp(Call& call) {
  const SecretString password = call.body.required_secret("password");
  const SecretString code = call.body.required_secret("code");
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  auto dropped = call.parts.access.profile.drop_totp(*call.caller.session, password, std::string(code.reveal()),
                                                     call.by.request_id);
  if (!dropped) return std::unexpected(Failure(std::move(dropped.error())));
  return http::Response::empty(204);
}

}  // namespace

std::span<const Route> profile_routes() {
  static constexpr std::array kRoutes{
      Route{"PUT", "/profile", SignedIn{}, Takes::object, put_profile},
      Route{"PUT", "/profile/password", SignedIn{}, Takes::object, put_password},
      Route{"POST", "/profile/totp", SignedIn{}, Takes::object, begin_totp},
      Route{"POST", "/profile/totp/prove", SignedIn{}, Takes::object, prove_totp},
      Route{"DELETE", "/profile/totp", SignedIn{}, Takes::object, drop_totp},
  };
  return kRoutes;
}

}  // namespace mailward::api
