#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "connections/recovery.h"
#include "secrets/recovery_key.h"

namespace mailward::api {

namespace {

/// Which keys are held, never what they are; GET /secrets lists all that is held.
Outcome get_keys(Call& call) {
  MW_TRY(const auto recovery, secrets::RecoveryKey::open(call.parts.database, call.parts.keyring, call.parts.clock));
  MW_TRY(const auto taken,
         call.parts.database.read([](db::Session& session) { return secrets::RecoveryKey::taken(session); }));
  return json_response(200, {{"master_key", to_hex(call.parts.keyring.master_key_id())},
                             {"recovery_key", {{"id", recovery.id()}, {"taken", json_of(taken)}}}});
}

Status note_recovery(Call& call, db::Transaction& tx, const std::string& action, const std::string& id) {
  const audit::Act act{.by = call.by, .action = action, .object_kind = "key", .object_id = id};
  MW_CHECK(call.parts.trail.append(tx, act));
  return {};
}

/// Shows the private half of the recovery key, once; it is gone from here then. With "renew" a new pair is made first.
Outcome take_recovery_key(Call& call) {
  const bool renew = call.body.flag("renew", false);
  API_CHECK(call.body.finish());
  secrets::SecretStore store(call.parts.keyring, call.parts.clock);
  if (renew) {
    MW_CHECK(call.parts.database.transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(secrets::RecoveryKey::renew(tx, store));
      return note_recovery(call, tx, "key.renew_recovery", "recovery");
    }));
  }
  MW_TRY(const auto key, secrets::RecoveryKey::open(call.parts.database, call.parts.keyring, call.parts.clock));
  // This private half alone suffices from here on; also where an earlier renewal came no further than the pair.
  MW_CHECK(connections::seal_for_recovery(call.parts.ledger, call.parts.recovery, key, call.parts.clock));
  MW_TRY(const SecretString half, call.parts.database.transaction([&](db::Transaction& tx) -> Result<SecretString> {
    MW_TRY(SecretString taken, secrets::RecoveryKey::take(tx, store, call.parts.clock.now()));
    MW_CHECK(note_recovery(call, tx, "key.take_recovery", key.id()));
    return taken;
  }));
  http::Response shown = json_response(200, {{"id", key.id()}, {"private_half", half.reveal()}});
  wipe_stack();  // the writer of JSON has its buffer there
  return shown;
}

}  // namespace

std::span<const Route> key_routes() {
  static constexpr std::array kRoutes{
      Route{"GET", "/keys", Right::see_keys, Takes::nothing, get_keys},
      Route{"POST", "/keys/recovery", OnServer{}, Takes::optional_object, take_recovery_key},
  };
  return kRoutes;
}

}  // namespace mailward::api
