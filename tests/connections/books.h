#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "connections/destination.h"
#include "connections/ledger.h"
#include "connections/refusal_memory.h"
#include "tests/support/databases.h"
#include "tests/support/manual_clock.h"
#include "tests/support/test_ca.h"

namespace mailward::connections::testing {

inline By by_admin() {
  return {.actor = audit::Actor::local(1000), .source = {}, .token = {}, .request_id = "request-1"};
}
inline TypedPassword typed(std::string_view password) {
  return {.secret = SecretString(password), .confirmed = false};
}
inline ConnectionForm sample_form(std::string_view host = "mail.example.test") {
  ConnectionForm form;
  form.description = "Exchange at " + std::string(host);
  form.ews_url = "https://" + std::string(host) + "/EWS/Exchange.asmx";
  form.master_mailbox = "svc-mailward@example.test";
  form.mailbox_check = "usera@example.test";
  return form;
}
inline DirectoryForm sample_directory() {
  return {.name = "Example",
          .realm = "EXAMPLE.TEST",
          .domain = "EXAMPLE",
          .controllers = {"dc1.example.test", "dc2.example.test"},
          .base_dn = "DC=example,DC=test",
          .trust_pem = {},
          .reader = "reader@example.test"};
}

/// The value, or a failed test that says why there is none.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  return *std::move(result);
}
inline void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().describe());
}

template <typename T, ErrorEnum E>
::testing::AssertionResult fails_with(const Result<T>& result, E code) {
  if (result) return ::testing::AssertionFailure() << "it succeeded";
  if (result.error().is(code)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "it failed with " << result.error().name() << ": "
                                       << result.error().describe();
}

/// A ledger over a fresh database.
class BooksTest : public mailward::testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    open_books();
  }
  void open_books() {
    keyring_ = must(secrets::Keyring::open(database(), folder() / "master.key", clock_));
    trail_ = std::make_unique<audit::Trail>(must(keyring_->sub_key("audit")), clock_);
    ledger_ = std::make_unique<Ledger>(database(), *keyring_, *trail_, clock_);
  }
  /// As if the process had been killed and started again.
  void reopen_books() {
    ledger_.reset();
    trail_.reset();
    keyring_.reset();
    close_database();
    open_books();
  }
  const Clock& clock() const override { return clock_; }
  /// What the inventory lists, but for the keys of secrets/ itself.
  std::vector<secrets::SecretRecord> secrets_held() {
    auto held = must(database().read([](db::Session& session) { return secrets::list_secrets(session); }));
    std::erase_if(held, [](const secrets::SecretRecord& one) {
      return one.kind == secrets::kMasterKeyKind || one.kind == secrets::kSubKeyKind;
    });
    return held;
  }
  Ledger& ledger() { return *ledger_; }
  secrets::Keyring& keyring() { return *keyring_; }

  /// What somebody with the database in hand does. Returns the number of rows changed.
  std::int64_t edit_database(std::string_view sql, db::Params params = {}) {
    return must(database().transaction([&](db::Transaction& tx) { return tx.execute(sql, params); }));
  }

  ServerConnection create(const ConnectionForm& form, std::string_view password = {},
                          std::optional<DirectoryId> directory = std::nullopt) {
    std::optional<TypedPassword> given;
    if (!password.empty()) given = typed(password);
    return must(ledger().create_connection(form, directory, std::move(given), by_admin()));
  }
  /// As the connection test does: from the rows as they are now.
  Result<Ledger::OpenedPassword> open_for(ConnectionId id) {
    MW_TRY(const auto connection, ledger().connection(id));
    MW_TRY(const auto account, ledger().account(connection.account));
    MW_TRY(const auto destination, ledger().destination_of(connection));
    return ledger().open_password(account, destination);
  }
  /// The password that would be sent for the connection, or the error's name.
  std::string password_for(ConnectionId id) {
    auto opened = open_for(id);
    return opened ? std::string(opened->secret.reveal()) : "error " + std::string(opened.error().name());
  }
  /// Those connections with their destinations as they are now.
  std::vector<TypedFor> as_shown(const std::vector<ConnectionId>& connections) {
    std::vector<TypedFor> shown;
    for (const ConnectionId id : connections) {
      shown.push_back({id, must(ledger().destination_of(must(ledger().connection(id))))});
    }
    return shown;
  }
  ServiceAccount account_of(const ServerConnection& connection) { return must(ledger().account(connection.account)); }
  void promote_pending(AccountId id) {
    const auto account = must(ledger().account(id));
    ASSERT_NE(account.pending(), nullptr);
    must(ledger().promote(id, account.pending()->id, by_admin()));
  }

  mailward::testing::ManualClock clock_;

 private:
  std::unique_ptr<secrets::Keyring> keyring_;
  std::unique_ptr<audit::Trail> trail_;
  std::unique_ptr<Ledger> ledger_;
};

}  // namespace mailward::connections::testing
