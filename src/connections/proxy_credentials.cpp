#include "connections/proxy_credentials.h"

#include "connections/destination.h"
#include "connections/password.h"
#include "secrets/error.h"
#include "secrets/inventory.h"

namespace mailward::connections::proxy_credentials {
namespace {

constexpr std::string_view kPurpose = "connection_proxy";

}  // namespace

Result<SecretString> open(db::Session& session, const secrets::SecretStore& store, const ServerConnection& connection,
                          const ProxyForm& form) {
  if (!connection.proxy_secret) {
    return fail(
        Error(ConnectionsError::no_password, "no password of the proxy is stored")
            .with_remedy("type it: mailward connection edit " + connection.id.text() + " --ask-proxy-password"));
  }
  MW_TRY(const auto destination, proxy_destination(form));
  return store.open(session, *connection.proxy_secret, kPurpose, sealing_context(connection.id, destination));
}

Status drop(db::Transaction& tx, secrets::SecretStore& store, ServerConnection& connection) {
  if (!connection.proxy_secret) return {};
  MW_CHECK(store.remove(tx, *connection.proxy_secret));
  connection.proxy_secret.reset();
  return secrets::forget_secret(tx, kPurpose, connection.id.text());
}

Status settle(db::Transaction& tx, secrets::SecretStore& store, ServerConnection& connection,
              const ServerConnection* before, const std::optional<TypedPassword>& typed, const By& by, Timestamp now) {
  const ProxyForm& form = connection.form.proxy;
  if (!form.signs_in()) {
    if (typed) return fail(form_error({{"proxy_password", "a password was given for a proxy that wants none"}}));
    return drop(tx, store, connection);
  }
  if (!typed) {
    if (before == nullptr || !before->proxy_secret) {
      return fail(form_error({{"proxy_password", "the proxy's password is needed"}}));
    }
    if (auto standing = open(tx, store, *before, form); standing) return {};
    return fail(form_error({{"proxy_password",
                             "the stored password goes only to the proxy that it was typed for, and its URL, trust, "
                             "user or way of signing in changed: type it again"}}));
  }
  if (auto usable = check_password(typed->secret); !usable) {
    return fail(form_error({{"proxy_password", usable.error().message()}}));
  }
  MW_TRY(const auto destination, proxy_destination(form));
  MW_CHECK(drop(tx, store, connection));
  MW_TRY(connection.proxy_secret, store.put(tx, kPurpose, sealing_context(connection.id, destination), typed->secret));
  return secrets::record_secret(tx, {.kind = std::string(kPurpose),
                                     .id = connection.id.text(),
                                     .opens = "the proxy " + form.url + " as " + form.user,
                                     .created = now,
                                     .last_used = std::nullopt,
                                     .renew_by = std::nullopt,
                                     .set_by = by.actor.text()});
}

}  // namespace mailward::connections::proxy_credentials
