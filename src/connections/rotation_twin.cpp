#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/shell.h"
#include "connections/audit_lines.h"
#include "connections/rotation_state.h"
#include "connections/rows.h"

/// Two accounts for the same connections, of which one rests: the resting one gets a new password and is tried, and
/// only then takes the other's place. No door is closed, for nobody signs in with it before.
namespace mailward::connections {

Result<ServiceAccount> idle_twin(db::Transaction& tx, const ServiceAccount& account) {
  MW_TRY(const auto twin, rows::account(tx, *account.twin, tx.lock_rows()));
  MW_TRY(const auto mine, rows::connections_of(tx, account.id));
  MW_TRY(const auto others, rows::connections_of(tx, twin.id));
  const auto names = [&] { return account.name + " and " + twin.name; };
  if (mine.empty() == others.empty()) {
    return fail(Error(ConnectionsError::cannot_rotate,
                      mine.empty() ? "neither of the twins " + names() + " is used by a connection"
                                   : "each of the twins " + names() + " is used by a connection, so none rests")
                    .with_remedy("let all connections use the one of them: mailward connection edit --mailbox"));
  }
  if (!twin.enabled) {
    return fail(Error(ConnectionsError::account_disabled, "the service account " + twin.name + " is disabled")
                    .with_remedy("mailward account enable " + twin.id.text()));
  }
  const ServiceAccount& idle = mine.empty() ? account : twin;
  if (idle.active() == nullptr && (idle.pending() == nullptr || idle.pending()->refused)) {
    return fail(Error(ConnectionsError::no_password, "no password of " + idle.name + " was typed")
                    .with_remedy("mailward account twin … --name " + shell_word(idle.name) + " --ask-password"));
  }
  return idle;
}

void RotationCourse::switch_over() {
  const auto stay = [&](const std::string& why, const std::string& what_to_do) {
    degraded = true;
    rotation.why = why;
    if (remedy.empty()) remedy = what_to_do;
    steps.add("switch", work::StepOutcome::failed, Facts().add("switched", false).add("why", why), what_to_do);
  };
  const auto stored = parts().ledger.account(rotation.account);
  const auto partner =
      rotation.partner ? parts().ledger.account(*rotation.partner) : fail(ConnectionsError::unknown_account, "no twin");
  if (!stored || !partner) return stay("The twin is not there any more.", "name another: mailward account twin");
  const auto connections = parts().ledger.connections_of(partner->id);
  if (!connections) return stay(connections.error().message(), {});
  bool all_work = true;
  for (const ServerConnection& connection : *connections) {
    if (connection.state == ConnectionState::disabled) continue;
    steps.begin("front_ends");
    ConnectionForm form = connection.form;
    form.master_mailbox = stored->name;
    const nlohmann::json result = test_of(connection, std::move(form));
    const bool well = works(result);
    all_work = all_work && well;
    rotation.front_end_accepted = rotation.front_end_accepted || well;
    steps.end(well ? work::StepOutcome::ok : work::StepOutcome::failed,
              Facts()
                  .add("connection", connection.form.description)
                  .add("connection_id", connection.id.text())
                  .add("as", stored->name)
                  .add("verdict", result.value("verdict", ""))
                  .add("sentence", result.value("sentence", ""))
                  .add("test", result.value("run", "")),
              result.value("remedy", ""));
    if (!well && remedy.empty()) remedy = result.value("remedy", "");
  }
  if (!all_work) {
    return stay("Not every connection works with " + stored->name + ", so all stay with " + partner->name + ".",
                remedy);
  }
  const Timestamp now = parts().clock.now();
  const Status switched = parts().ledger.database().transaction([&](db::Transaction& tx) -> Status {
    for (const ServerConnection& seen : *connections) {
      MW_TRY(auto connection, rows::connection(tx, seen.id, tx.lock_rows()));
      // Edited since it was tried: it is left to the person who did.
      if (connection.version != seen.version || connection.account != partner->id) {
        return fail(Error(ConnectionsError::version_conflict,
                          "The connection '" + seen.form.description + "' was changed meanwhile.")
                        .with_remedy("repeat it"));
      }
      connection.form.master_mailbox = stored->name;
      connection.account = stored->id;
      connection.updated = now;
      MW_CHECK(rows::update(tx, connection, by.actor.text()));
      const nlohmann::json details = {{"run", rotation.run.text()},
                                      {"before", {{"account", partner->name}}},
                                      {"after", {{"account", stored->name}}}};
      MW_CHECK(audit_lines::append(tx, parts().trail, by,
                                   {"connection.switch_to_twin", "connection", connection.id.text(), details}));
    }
    return {};
  });
  if (!switched) return stay(switched.error().message(), switched.error().remedy());
  Facts facts;
  facts.add("switched", true).add("from", partner->name).add("to", stored->name);
  for (const ServerConnection& one : *connections) {
    if (one.state == ConnectionState::disabled) facts.add("disabled_and_not_tried", one.form.description);
  }
  steps.add("switch", work::StepOutcome::ok, facts);
  // Sessions of the partner are closed, those in use as their calls end.
  if (rotation.version) parts().gate.retire_old(partner->id, *rotation.version);
  parts().gate.open_door(partner->id);
}

}  // namespace mailward::connections
