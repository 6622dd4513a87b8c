#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "access/access.h"
#include "access/totp.h"
#include "secrets/inventory.h"
#include "tests/support/databases.h"
#include "tests/support/manual_clock.h"

namespace mailward::access::testing {

using namespace std::chrono_literals;

inline constexpr std::string_view kPassword = "four words that nobody guesses";
inline constexpr std::string_view kOtherPassword = "another sentence with umlauts äöü";

inline By by_root() {
  return {.actor = audit::Actor::local(0), .source = {}, .token = {}, .request_id = "request-0"};
}
inline Source from(std::string_view address) {
  return {.address = std::string(address), .user_agent = "Browser/1.0"};
}
inline SecretString secret(std::string_view text) {
  return SecretString(text);
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
template <typename T>
T must(Attempt<T> attempt) {
  if (!attempt) throw std::runtime_error(attempt.error().error.describe());
  if constexpr (!std::is_void_v<T>) return *std::move(attempt);
}

/// Of a Result, a Status or an Attempt.
template <typename R, ErrorEnum E>
::testing::AssertionResult fails_with(const R& result, E code) {
  if (result) return ::testing::AssertionFailure() << "it succeeded";
  const Error* error = nullptr;
  if constexpr (requires { result.error().retry_after; }) {
    error = &result.error().error;
  } else {
    error = &result.error();
  }
  if (error->is(code)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "it failed with " << error->name() << ": " << error->describe();
}

/// The room over a fresh database, with a clock that is moved and the cheapest Argon2id.
class AccessTest : public mailward::testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    open_house();
  }
  void open_house() {
    keyring_ = must(secrets::Keyring::open(database(), folder() / "master.key", clock_));
    trail_ = std::make_unique<audit::Trail>(must(keyring_->sub_key("audit")), clock_);
    access_ = must(Access::open(database(), *keyring_, *trail_, clock_, settings_));
  }
  /// As if the process had been killed and started again.
  void reopen_house() {
    access_.reset();
    trail_.reset();
    keyring_.reset();
    close_database();
    open_house();
  }
  const Clock& clock() const override { return clock_; }
  Access& access() { return *access_; }

  /// A user who accepted his invitation from 192.0.2.1.
  User make_user(std::string_view name, Roles roles, std::string_view password = kPassword) {
    auto created =
        must(access().users.create({.name = std::string(name), .display_name = {}, .roles = roles}, by_root()));
    return must(
        access().invitations.accept(created.invitation.token.reveal(), secret(password), from("192.0.2.1"), "r"));
  }
  Attempt<SessionGrant> sign_in(std::string_view name, std::string_view password = kPassword,
                                std::string_view address = "192.0.2.1", const std::optional<std::string>& code = {}) {
    return access().sign_in.attempt(name, secret(password), code, from(address), "request-1");
  }
  /// Enrols; returns the secret of the codes.
  SecretString enrol(const Session& session, std::string_view password = kPassword) {
    auto begun = must(access().profile.begin_totp(session, secret(password), "r"));
    SecretString raw = from_base32(begun.secret.reveal());
    must(access().profile.prove_totp(session, code_now(raw), "r"));
    return raw;
  }
  std::string code_now(const SecretString& raw, std::int64_t steps_on = 0) {
    return totp::code_at(raw, totp::step_at(clock_.now()) + steps_on);
  }
  /// A second reading of RFC 4648 6.
  static SecretString from_base32(std::string_view text) {
    std::string bytes;
    unsigned buffer = 0;
    int bits = 0;
    for (const char c : text) {
      buffer = (buffer << 5) | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes += static_cast<char>((buffer >> bits) & 0xFF);
      }
    }
    return SecretString::taken_from(bytes);
  }

  /// The trail's entries with that action, oldest first; each with its details as JSON.
  struct Line {
    audit::Entry entry;
    nlohmann::json details;
  };
  std::vector<Line> trail(std::string_view action) {
    std::vector<Line> lines;
    auto entries = must(database().read([](db::Session& session) { return audit::Trail::list(session, 0, 100'000); }));
    for (auto& entry : entries) {
      if (entry.act.action != action) continue;
      auto details = nlohmann::json::parse(entry.act.details);
      lines.push_back({std::move(entry), std::move(details)});
    }
    return lines;
  }
  void run_sql(const std::string& sql) {
    must(database().transaction([&](db::Transaction& tx) { return tx.execute_script(sql); }));
  }
  /// But for the keys of secrets/ itself.
  std::vector<std::string> secrets_held() {
    std::vector<std::string> held;
    for (const auto& record : must(database().read([](db::Session& s) { return secrets::list_secrets(s); }))) {
      if (record.kind == secrets::kMasterKeyKind || record.kind == secrets::kSubKeyKind) continue;
      held.push_back(record.kind + ":" + record.id);
    }
    return held;
  }

  AccessSettings settings_{.sessions = {}, .password_cost = {.memory_bytes = 8192, .passes = 1}};
  mailward::testing::ManualClock clock_;
  std::unique_ptr<secrets::Keyring> keyring_;
  std::unique_ptr<audit::Trail> trail_;
  std::unique_ptr<Access> access_;
};

}  // namespace mailward::access::testing
