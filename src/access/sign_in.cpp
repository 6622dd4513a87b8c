#include "access/sign_in.h"

#include <nlohmann/json.hpp>

#include "access/audit_lines.h"
#include "access/rows.h"
#include "access/token_text.h"
#include "access/totp.h"
#include "access/totp_secrets.h"
#include "base/log.h"
#include "secrets/inventory.h"

namespace mailward::access {

namespace {

constexpr std::string_view kCreate = "session.create";
constexpr std::string_view kConfirm = "session.confirm";
constexpr std::size_t kAgentShown = 200;

Error refused() {
  return Error(AccessError::sign_in_refused, "the name, the password or the code is not right")
      .with_remedy("check them; who has forgotten his password asks an administrator for a new way in");
}

Refused throttled(std::chrono::seconds wait) {
  return {Error(AccessError::throttled,
                "too many attempts: the next one counts in " + std::to_string(wait.count()) + " seconds")
              .with_remedy("wait, and then try once; on the server itself, 'mailward user reset' gives a new way in"),
          wait};
}

Error code_wanted() {
  return {AccessError::code_required, "the password is right; the one-time code is wanted too"};
}

}  // namespace

/// One attempt to pass.
struct SignIn::Trial {
  std::string_view action;
  std::string name;  ///< normalised; empty where it can be nobody's
  const SecretString& password;
  std::optional<std::string_view> code;
  Code asked = Code::asked;
  const Source& source;
  std::string_view request_id;
  /// Who is signed in already.
  std::optional<UserId> user;
};

SignIn::SignIn(db::Database& database, secrets::Keyring& keyring, SignInMethod& method, Sessions& sessions,
               const audit::Trail& trail, RefusalLines& refusals, const Clock& clock)
    : database_(database),
      store_(keyring, clock),
      method_(method),
      sessions_(sessions),
      trail_(trail),
      refusals_(refusals),
      clock_(clock),
      throttle_(clock) {}

Attempt<SessionGrant> SignIn::attempt(std::string_view name, const SecretString& password,
                                      const std::optional<std::string>& code, const Source& source,
                                      std::string_view request_id) {
  MW_TRY(auto made, sessions_.make());
  const Trial trial{.action = kCreate,
                    .name = normalised_name(name).value_or(""),
                    .password = password,
                    .code = code,
                    .asked = Code::asked,
                    .source = source,
                    .request_id = request_id,
                    .user = std::nullopt};
  const auto begin = [&](db::Transaction& tx, const rows::StoredUser& stored) -> Status {
    const User& user = stored.user;
    const Timestamp now = clock_.now();
    MW_CHECK(tx.execute("UPDATE access_user SET last_sign_in = $2 WHERE id = $1", {user.id, now}));
    MW_CHECK(rows::note_source(tx, user.id, source_key(source.address), now));
    MW_TRY(const SessionId id, sessions_.begin(tx, user, made, source));
    const nlohmann::json details = {{"name", user.name},
                                    {"session", id.text()},
                                    {"method", method_.name()},
                                    {"code", user.totp_enabled},
                                    {"user_agent", printable(source.user_agent, kAgentShown)}};
    const By by = source.by(request_id, user.actor());
    return audit_lines::append(tx, trail_, by, {kCreate, "user", user.id.text(), details});
  };
  if (auto passed = pass(trial, begin); !passed) return std::unexpected(std::move(passed).error());
  MW_TRY(Session session, sessions_.look(made.token.reveal()));
  return SessionGrant{.token = std::move(made.token), .session = std::move(session)};
}

Attempt<void> SignIn::pass(const Trial& trial, const Then& then) {
  struct Before {
    std::optional<rows::StoredUser> stored;
    bool known = false;
  };
  MW_TRY(const Before before, database_.read([&](db::Session& session) -> Result<Before> {
    Before found;
    MW_TRY(found.stored, rows::user_named(session, trial.name));
    // Also asked for nobody, so that the time says nothing.
    const UserId id = found.stored ? found.stored->user.id : UserId();
    MW_TRY(found.known, rows::is_known_source(session, id, source_key(trial.source.address), clock_.now()));
    return found;
  }));
  Trial named = trial;
  if (before.stored) named.user = before.stored->user.id;

  const Throttle::Keys keys = Throttle::keys(trial.source.address, trial.name, before.known);
  if (const auto wait = throttle_.admit(keys); wait > wait.zero()) return refuse(named, "throttled", throttled(wait));
  auto proved = method_.prove(
      {.name = trial.name, .password = trial.password, .lane = before.known ? Lane::known : Lane::stranger});
  if (!proved) {
    throttle_.take_back(keys);
    if (!proved.error().is(AccessError::busy)) return std::unexpected(std::move(proved).error());
    return refuse(named, "busy", when_busy(std::move(proved).error()));
  }
  if (!*proved) return refuse(named, before.stored ? "wrong_password" : "unknown_name", refused());
  MW_TRY(const auto now, database_.read([&](db::Session& session) { return rows::user(session, **proved); }));
  named.user = now.user.id;
  if (!now.user.enabled) return refuse(named, "disabled", refused());
  throttle_.take_back(keys);

  const bool wants_code = trial.asked == Code::asked && now.user.totp_enabled;
  if (wants_code && (!trial.code || trial.code->empty())) return refuse(named, "code_required", code_wanted());
  if (wants_code) {
    if (const auto wait = throttle_.admit_code(keys); wait > wait.zero()) {
      return refuse(named, "throttled", throttled(wait));
    }
  }
  const Status done = database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto stored, rows::user(tx, **proved, tx.lock_rows()));
    // What was changed while the password was being checked.
    const bool same = stored.user.enabled && (!before.stored || before.stored->password_set == stored.password_set);
    if (!same) return fail(refused());
    if (trial.asked == Code::asked && stored.totp) MW_CHECK(use_code(tx, stored, trial.code.value_or("")));
    MW_CHECK(secrets::record_use(tx, "user_password", stored.user.id.text(), clock_.now()));
    return then(tx, stored);
  });
  if (!done && done.error().is(AccessError::wrong_code)) return refuse(named, "wrong_code", refused());
  if (wants_code) throttle_.take_back_code(keys);
  if (!done && done.error().is(AccessError::sign_in_refused)) return refuse(named, "changed_meanwhile", done.error());
  if (!done) return std::unexpected(done.error());
  return {};
}

Status SignIn::use_code(db::Transaction& tx, const rows::StoredUser& stored, std::string_view code) const {
  MW_TRY(const SecretString secret, totp_secrets::open(tx, store_, stored));
  const auto step = totp::matching_step(secret, code, clock_.now(), stored.totp_last_step);
  if (!step) return fail(AccessError::wrong_code, "the one-time code is not right");
  return totp_secrets::use_up(tx, stored.user.id, *step, clock_.now());
}

Attempt<void> SignIn::pass_again(const Session& session, const SecretString& password,
                                 const std::optional<std::string>& code, Code asked, std::string_view request_id,
                                 const Then& then) {
  const Source source{.address = session.address, .user_agent = session.user_agent};
  return pass({.action = kConfirm,
               .name = session.user.name,
               .password = password,
               .code = code,
               .asked = asked,
               .source = source,
               .request_id = request_id,
               .user = session.user.id},
              then);
}

Attempt<Session> SignIn::confirm(const Session& session, const SecretString& password,
                                 const std::optional<std::string>& code, const Source& source,
                                 std::string_view request_id) {
  const Timestamp now = clock_.now();
  const Trial trial{.action = kConfirm,
                    .name = session.user.name,
                    .password = password,
                    .code = code,
                    .asked = Code::asked,
                    .source = source,
                    .request_id = request_id,
                    .user = session.user.id};
  const auto confirm_it = [&](db::Transaction& tx, const rows::StoredUser& stored) -> Status {
    MW_CHECK(sessions_.confirm(tx, session.id));
    const nlohmann::json details = {{"name", stored.user.name}, {"session", session.id.text()}};
    const By by = source.by(request_id, stored.user.actor());
    return audit_lines::append(tx, trail_, by, {kConfirm, "user", stored.user.id.text(), details});
  };
  if (auto passed = pass(trial, confirm_it); !passed) return std::unexpected(std::move(passed).error());
  Session confirmed = session;
  confirmed.confirmed_at = now;
  confirmed.recently_confirmed = true;
  return confirmed;
}

Attempt<User> SignIn::prove(std::string_view name, const SecretString& password, const std::optional<std::string>& code,
                            const Source& source, std::string_view request_id) {
  User proved;
  const Trial trial{.action = kConfirm,
                    .name = normalised_name(name).value_or(""),
                    .password = password,
                    .code = code,
                    .asked = Code::asked,
                    .source = source,
                    .request_id = request_id,
                    .user = std::nullopt};
  const auto note = [&](db::Transaction& tx, const rows::StoredUser& stored) -> Status {
    proved = stored.user;
    const nlohmann::json details = {{"name", stored.user.name}};
    const By by = source.by(request_id, stored.user.actor());
    return audit_lines::append(tx, trail_, by, {kConfirm, "user", stored.user.id.text(), details});
  };
  if (auto passed = pass(trial, note); !passed) return std::unexpected(std::move(passed).error());
  return proved;
}

Attempt<void> SignIn::check_password(const Session& session, const SecretString& password,
                                     std::string_view request_id) {
  return pass_again(session, password, std::nullopt, Code::not_asked, request_id,
                    [](db::Transaction&, const rows::StoredUser&) { return Status(); });
}

Attempt<void> SignIn::check_password_and_code(const Session& session, const SecretString& password,
                                              const std::optional<std::string>& code, std::string_view request_id) {
  return pass_again(session, password, code, Code::asked, request_id,
                    [](db::Transaction&, const rows::StoredUser&) { return Status(); });
}

std::unexpected<Refused> SignIn::refuse(const Trial& trial, std::string_view reason, Refused refused) const {
  const bool signed_in = trial.action == kConfirm && trial.user;
  const By by = signed_in ? trial.source.by(trial.request_id, audit::Actor::user(trial.user->text()))
                          : trial.source.by(trial.request_id);
  const Status told = refusals_.add(
      {.action = trial.action, .reason = reason, .user = trial.user, .details = trial.source.details()}, by);
  if (!told) log::failure("refusal not written down", told.error());
  return std::unexpected(std::move(refused));
}

}  // namespace mailward::access
