#include <array>

#include <nlohmann/json.hpp>

#include "api/json.h"
#include "api/route.h"
#include "secrets/inventory.h"

namespace mailward::api {

namespace {

/// Which keys and secrets are held, never what they are.
Outcome get_keys(Call& call) {
  MW_TRY(const auto secrets,
         call.parts.database.read([](db::Session& session) { return secrets::list_secrets(session); }));
  Json list = Json::array();
  for (const secrets::SecretRecord& secret : secrets) {
    list.push_back({{"kind", secret.kind},
                    {"id", secret.id},
                    {"opens", secret.opens},
                    {"created", format_timestamp(secret.created)},
                    {"last_used", json_of(secret.last_used)},
                    {"renew_by", json_of(secret.renew_by)},
                    {"set_by", secret.set_by}});
  }
  return json_response(200, {{"master_key", to_hex(call.parts.keyring.master_key_id())}, {"secrets", list}});
}

}  // namespace

std::span<const Route> key_routes() {
  static constexpr std::array kRoutes{
      Route{"GET", "/keys", Right::see_keys, Takes::nothing, get_keys},
  };
  return kRoutes;
}

}  // namespace mailward::api
