#include <nlohmann/json.hpp>

#include "connections/destination.h"
#include "connections/heartbeats.h"
#include "connections/rows.h"

namespace mailward::connections::rows {

namespace {

constexpr std::string_view kSelectConnection =
    "SELECT c.id, c.version, c.description, c.ews_url, a.name, c.authentication, c.trust_pem, c.mailbox_check, "
    "c.refused_mailbox, c.front_ends, c.products, c.concurrency, c.user_agent, c.heartbeat_seconds, c.account_id, "
    "c.state, c.reason, c.reason_text, c.state_since, c.last_test, c.last_test_run, c.created, c.updated, "
    "c.autodiscover, c.proxy_url, c.proxy_sign_in, c.proxy_user, c.proxy_trust_pem, c.proxy_secret "
    "FROM server_connection c JOIN service_account a ON a.id = c.account_id ";

Result<ServerConnection> read_connection(const db::Row& row) {
  ServerConnection connection;
  connection.id = row.id<ConnectionId>(0);
  connection.version = row.integer(1);
  ConnectionForm& form = connection.form;
  form.description = row.text(2);
  form.ews_url = row.text(3);
  form.master_mailbox = row.text(4);
  MW_TRY(form.authentication, Authentication::parse(row.text(5)));
  form.trust_pem = row.text(6);
  form.mailbox_check = row.text(7);
  form.refused_mailbox = row.text(8);
  MW_TRY(form.front_ends, parse_list(row.text(9)));
  MW_TRY(form.products, parse_list(row.text(10)));
  form.concurrency = static_cast<std::uint32_t>(row.integer(11));
  form.user_agent = row.text(12);
  form.heartbeat_seconds = static_cast<std::uint32_t>(row.integer(13));
  connection.account = row.id<AccountId>(14);
  MW_TRY(connection.state, parse_connection_state(row.text(15)));
  connection.reason = row.text(16);
  connection.reason_text = row.text(17);
  connection.state_since = row.time(18);
  connection.last_test = row.maybe_time(19);
  connection.last_test_run = row.text(20);
  connection.created = row.time(21);
  connection.updated = row.time(22);
  form.autodiscover = row.text(23);
  form.proxy.url = row.text(24);
  MW_TRY(form.proxy.sign_in, parse_proxy_sign_in(row.text(25)));
  form.proxy.user = row.text(26);
  form.proxy.trust_pem = row.text(27);
  connection.proxy_secret = row.maybe_id<secrets::SecretId>(28);
  return connection;
}

Result<std::vector<ServerConnection>> read_all(const db::Rows& found) {
  std::vector<ServerConnection> all;
  all.reserve(found.size());
  for (const db::Row& row : found) {
    MW_TRY(auto connection, read_connection(row));
    all.push_back(std::move(connection));
  }
  return all;
}

Status check(db::Session& session, std::string_view table, std::string_view what, std::int64_t id, std::int64_t stored,
             std::int64_t given) {
  if (stored == given) return {};
  MW_TRY(const auto row,
         session.query_row("SELECT updated, updated_by FROM " + std::string(table) + " WHERE id = $1", {id}));
  std::string message = "the " + std::string(what) + " was changed in the meantime";
  if (row) message += ", last by " + row->text(1) + " at " + format_timestamp(row->time(0));
  message += ": version " + std::to_string(stored) + " stands, " + std::to_string(given) + " was given";
  return fail(
      Error(ConnectionsError::version_conflict, std::move(message)).with_remedy("load it again and repeat the change"));
}

}  // namespace

Result<ServerConnection> connection(db::Session& session, ConnectionId id, std::string_view lock) {
  MW_TRY(const auto row,
         session.query_row(std::string(kSelectConnection) + "WHERE c.id = $1" + std::string(lock), {id}));
  if (!row) return fail(ConnectionsError::unknown_connection, "there is no connection " + id.text());
  return read_connection(*row);
}

Result<std::vector<ServerConnection>> connections(db::Session& session) {
  MW_TRY(const auto found, session.query(std::string(kSelectConnection) + "ORDER BY c.description, c.id"));
  return read_all(found);
}

Result<std::vector<ServerConnection>> connections_of(db::Session& session, AccountId account) {
  MW_TRY(const auto found,
         session.query(std::string(kSelectConnection) + "WHERE c.account_id = $1 ORDER BY c.description, c.id",
                       {account}));
  return read_all(found);
}

Status insert(db::Transaction& tx, const ServerConnection& connection, std::string_view by) {
  const ConnectionForm& form = connection.form;
  MW_CHECK(tx.execute(
      "INSERT INTO server_connection (id, version, description, ews_url, account_id, authentication, trust_pem, "
      "mailbox_check, refused_mailbox, front_ends, products, concurrency, user_agent, heartbeat_seconds, state, "
      "reason, "
      "reason_text, state_since, last_test, last_test_run, created, updated, updated_by, autodiscover, proxy_url, "
      "proxy_sign_in, proxy_user, proxy_trust_pem, proxy_secret) VALUES ($1, $2, $3, $4, $5, "
      "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '', '', $16, NULL, '', $17, $18, $19, $20, $21, $22, $23, $24, "
      "$25)",
      {connection.id,
       connection.version,
       form.description,
       form.ews_url,
       connection.account,
       form.authentication.text(),
       form.trust_pem,
       form.mailbox_check,
       form.refused_mailbox,
       list_text(form.front_ends),
       list_text(form.products),
       form.concurrency,
       form.user_agent,
       form.heartbeat_seconds,
       name_of(connection.state),
       connection.state_since,
       connection.created,
       connection.updated,
       by,
       form.autodiscover,
       form.proxy.url,
       name_of(form.proxy.sign_in),
       form.proxy.user,
       form.proxy.trust_pem,
       connection.proxy_secret}));
  return Heartbeats::schedule(tx, connection, connection.updated);
}

Status update(db::Transaction& tx, const ServerConnection& connection, std::string_view by) {
  const ConnectionForm& form = connection.form;
  MW_CHECK(tx.execute(
      "UPDATE server_connection SET version = version + 1, description = $2, ews_url = $3, account_id = $4, "
      "authentication = $5, trust_pem = $6, mailbox_check = $7, refused_mailbox = $8, front_ends = $9, products = $10, "
      "concurrency = $11, user_agent = $12, heartbeat_seconds = $13, state = $14, reason = $15, reason_text = $16, "
      "state_since = $17, updated = $18, updated_by = $19, autodiscover = $20, proxy_url = $21, proxy_sign_in = $22, "
      "proxy_user = $23, proxy_trust_pem = $24, proxy_secret = $25 WHERE id = $1",
      {connection.id,
       form.description,
       form.ews_url,
       connection.account,
       form.authentication.text(),
       form.trust_pem,
       form.mailbox_check,
       form.refused_mailbox,
       list_text(form.front_ends),
       list_text(form.products),
       form.concurrency,
       form.user_agent,
       form.heartbeat_seconds,
       name_of(connection.state),
       connection.reason,
       connection.reason_text,
       connection.state_since,
       connection.updated,
       by,
       form.autodiscover,
       form.proxy.url,
       name_of(form.proxy.sign_in),
       form.proxy.user,
       form.proxy.trust_pem,
       connection.proxy_secret}));
  return Heartbeats::schedule(tx, connection, connection.updated);
}

Result<std::string> destination_of(db::Session& session, const ServerConnection& connection) {
  MW_TRY(const auto directory, directory_form_of(session, connection.account));
  return destination_text(connection.form, directory);
}

Status check_version(db::Session& session, const ServerConnection& stored, std::int64_t given) {
  return check(session, "server_connection", "connection", stored.id.value(), stored.version, given);
}
Status check_version(db::Session& session, const ServiceAccount& stored, std::int64_t given) {
  return check(session, "service_account", "service account", stored.id.value(), stored.version, given);
}
Status check_version(db::Session& session, const DirectoryRecord& stored, std::int64_t given) {
  return check(session, "service_directory", "directory", stored.id.value(), stored.version, given);
}

std::string list_text(const std::vector<std::string>& list) {
  return nlohmann::json(list).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::vector<std::string>> parse_list(std::string_view json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  std::vector<std::string> list;
  bool whole = parsed.is_array();
  for (const auto& value : parsed) {
    whole = whole && value.is_string();
    if (!whole) break;
    list.push_back(value.get<std::string>());
  }
  if (!whole) return fail(db::DbError::corrupt, "a list in the database is no JSON array of text");
  return list;
}

}  // namespace mailward::connections::rows
