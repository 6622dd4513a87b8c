#include "access/tokens.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "access/audit_lines.h"
#include "access/rows.h"
#include "access/token_text.h"
#include "base/bytes.h"
#include "base/log.h"
#include "secrets/inventory.h"

namespace mailward::access {

namespace {

constexpr std::string_view kKey = "api_token";
constexpr std::string_view kKind = "api_token";
constexpr std::size_t kLongestDescription = 200;
constexpr std::chrono::minutes kWrittenEvery{1};
constexpr std::chrono::days kKeptAfterExpiry{30};

constexpr std::string_view kSelect =
    "SELECT t.id, t.user_id, u.name, t.description, t.rights, t.created, t.expires, t.last_used, t.last_source "
    "FROM access_token t JOIN access_user u ON u.id = t.user_id ";

Result<Token> read_token(const db::Row& row) {
  Token token;
  token.id = row.id<TokenId>(0);
  token.user = row.id<UserId>(1);
  token.user_name = row.text(2);
  token.description = row.text(3);
  MW_TRY(token.rights, rows::read_rights(row.text(4)));
  token.created = row.time(5);
  token.expires_at = row.time(6);
  token.last_used = row.maybe_time(7);
  token.last_source = row.text(8);
  return token;
}

nlohmann::json line_of(const Token& token) {
  return {{"user", token.user.text()},
          {"user_name", token.user_name},
          {"description", token.description},
          {"rights", token.rights.names()},
          {"expires_at", format_timestamp(token.expires_at)}};
}

}  // namespace

std::vector<FieldProblem> check_token(const NewToken& form, Rights owner) {
  std::vector<FieldProblem> problems;
  if (form.description.empty() || form.description.size() > kLongestDescription) {
    problems.push_back({"description", "1 to 200 bytes are expected, which say what the token is for"});
  } else if (printable(form.description, kLongestDescription) != form.description) {
    problems.push_back({"description", "it holds control characters or is not UTF-8"});
  }
  if (form.rights.empty()) problems.push_back({"rights", "a token without any right opens nothing"});
  if (!owner.has_all(form.rights)) {
    Rights beyond;
    for (const Right right : form.rights.list()) {
      if (!owner.has(right)) beyond = beyond.with(right);
    }
    problems.push_back({"rights", "its owner lacks " + rows::text_of(beyond.names())});
  }
  if (form.expires_in < std::chrono::days(1) || form.expires_in > Tokens::kLongest) {
    problems.push_back({"expires_in_days", "1 to 366 days are expected"});
  }
  return problems;
}

Tokens::Tokens(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, RefusalLines& refusals,
               const Clock& clock)
    : database_(database), keyring_(keyring), trail_(trail), refusals_(refusals), clock_(clock) {}

Result<Tokens::Created> Tokens::create(UserId owner, const NewToken& form, const By& by) {
  SecretString secret = random_api_token();
  MW_TRY(const Sha256 hash, keyring_.keyed_hash(kKey, secret.reveal_bytes()));
  const Timestamp now = clock_.now();
  Token token;
  token.id = TokenId::make(clock_);
  token.user = owner;
  token.description = form.description;
  token.rights = form.rights;
  token.created = now;
  token.expires_at = now + form.expires_in;

  MW_TRY(Token made, database_.transaction([&](db::Transaction& tx) -> Result<Token> {
    MW_TRY(const auto stored, rows::user(tx, owner, tx.lock_rows()));
    token.user_name = stored.user.name;
    auto problems = check_token(form, stored.user.rights());
    if (!stored.user.enabled) problems.push_back({"user", "the user is disabled"});
    MW_TRY(const auto count, tx.query_row("SELECT COUNT(*) FROM access_token WHERE user_id = $1", {owner}));
    if (count && count->integer(0) >= static_cast<std::int64_t>(kPerUser)) {
      problems.push_back({"description", "the user has 50 tokens already: revoke one first"});
    }
    if (!problems.empty()) return fail(form_error(problems));
    MW_CHECK(tx.execute(
        "INSERT INTO access_token (id, token_hash, user_id, description, rights, created, expires, "
        "last_used, last_source) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, '')",
        {token.id, hash, owner, token.description, rows::text_of(token.rights.names()), now, token.expires_at}));
    MW_CHECK(secrets::record_secret(tx, {.kind = std::string(kKind),
                                         .id = token.id.text(),
                                         .opens = "the API as " + token.user_name + " (kept as a hash)",
                                         .created = now,
                                         .last_used = std::nullopt,
                                         .renew_by = token.expires_at,
                                         .set_by = by.actor.text()}));
    const nlohmann::json details = {{"after", line_of(token)}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"token.create", "token", token.id.text(), details}));
    return token;
  }));
  return Created{.token = std::move(made), .secret = std::move(secret)};
}

Status Tokens::revoke(TokenId id, std::optional<UserId> owner, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto row, tx.query_row(std::string(kSelect) + "WHERE t.id = $1", {id}));
    if (!row || (owner && row->id<UserId>(1) != *owner)) {
      return fail(AccessError::unknown_token, "there is no token " + id.text());
    }
    MW_TRY(const Token token, read_token(*row));
    MW_CHECK(tx.execute("DELETE FROM access_token WHERE id = $1", {id}));
    MW_CHECK(secrets::forget_secret(tx, kKind, id.text()));
    const nlohmann::json details = {{"before", line_of(token)}};
    return audit_lines::append(tx, trail_, by, {"token.revoke", "token", id.text(), details});
  });
}

Result<std::vector<Token>> Tokens::list(std::optional<UserId> owner) const {
  return database_.read([&](db::Session& session) -> Result<std::vector<Token>> {
    MW_TRY(const auto found,
           owner ? session.query(std::string(kSelect) + "WHERE t.user_id = $1 ORDER BY t.id DESC", {*owner})
                 : session.query(std::string(kSelect) + "ORDER BY t.id DESC"));
    std::vector<Token> all;
    all.reserve(found.size());
    for (const db::Row& row : found) {
      MW_TRY(auto token, read_token(row));
      all.push_back(std::move(token));
    }
    return all;
  });
}

Result<Tokens::Use> Tokens::find(std::string_view column, const db::Param& value) const {
  return database_.read([&](db::Session& session) -> Result<Use> {
    MW_TRY(const auto row,
           session.query_row(std::string(kSelect) + "WHERE t." + std::string(column) + " = $1", {value}));
    if (!row) return fail(AccessError::unknown_token, "there is no such token");
    Use use;
    MW_TRY(use.token, read_token(*row));
    MW_TRY(auto stored, rows::user(session, use.token.user));
    use.user = std::move(stored.user);
    MW_TRY(const bool must_enrol, rows::must_enrol(session, use.user));
    if (!must_enrol) use.rights = use.token.rights & use.user.rights();
    return use;
  });
}

Result<Tokens::Use> Tokens::peek(TokenId id) const {
  MW_TRY(auto found, find("id", id));
  if (clock_.now() < found.token.expires_at && found.user.enabled) return found;
  return fail(AccessError::not_signed_in, "the API token opens nothing any more");
}

Result<Tokens::Use> Tokens::look(std::string_view secret, const Source& source, std::string_view request_id) {
  std::optional<UserId> whose;
  const auto refuse = [&](std::string_view reason) {
    const Status told = refusals_.add(
        {.action = "token.use", .reason = reason, .user = whose, .details = source.details()}, source.by(request_id));
    if (!told) log::failure("refusal not written down", told.error());
    return fail(Error(AccessError::not_signed_in, "this API token opens nothing: it is unknown, revoked or expired")
                    .with_remedy("make a new one, and give it to the program"));
  };
  if (!is_api_token(secret)) return refuse("malformed");
  MW_TRY(const Sha256 hash, keyring_.keyed_hash(kKey, as_bytes(secret)));
  auto found = find("token_hash", hash);
  if (!found && found.error().is(AccessError::unknown_token)) return refuse("unknown");
  if (!found) return found;
  whose = found->user.id;
  const Timestamp now = clock_.now();
  if (now >= found->token.expires_at) return refuse("expired");
  if (!found->user.enabled) return refuse("disabled");

  const auto& last = found->token.last_used;
  if (!last || now >= *last + kWrittenEvery || now < *last - kWrittenEvery) {
    const Status written = write_use(found->token.id, source, now);
    if (!written) log::failure("token's use not written", written.error());
    found->token.last_used = now;
    found->token.last_source = source.address;
  }
  return found;
}

Status Tokens::write_use(TokenId id, const Source& source, Timestamp now) {
  return database_.transaction(
      [&](db::Transaction& tx) -> Status {
        MW_CHECK(tx.execute("UPDATE access_token SET last_used = $2, last_source = $3 WHERE id = $1",
                            {id, now, source.address}));
        return secrets::record_use(tx, kKind, id.text(), now);
      },
      {.durability = db::Durability::normal});
}

Result<std::int64_t> Tokens::sweep() {
  return database_.transaction([&](db::Transaction& tx) -> Result<std::int64_t> {
    MW_TRY(const auto gone,
           tx.query("DELETE FROM access_token WHERE expires <= $1 RETURNING id", {clock_.now() - kKeptAfterExpiry}));
    for (const db::Row& row : gone) MW_CHECK(secrets::forget_secret(tx, kKind, row.id<TokenId>(0).text()));
    return static_cast<std::int64_t>(gone.size());
  });
}

}  // namespace mailward::access
