#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "directory/attribute_values.h"
#include "directory/directory.h"
#include "directory/directory_state.h"

namespace mailward::directory {

namespace {

constexpr const char* kAttribute = "unicodePwd";

/// In double quotes, as UTF-16LE (MS-ADTS 3.1.1.3.1.5.1). Errors: malformed.
Result<SecretString> as_stored(const SecretString& password) {
  std::string quoted = "\"";
  quoted.append(password.reveal()).append("\"");
  auto bytes = to_utf16le(quoted);
  wipe(quoted);
  if (!bytes) return fail(BaseError::malformed, "the password is not UTF-8");
  std::string text(as_text(*bytes));
  wipe(*bytes);
  return SecretString::taken_from(text);
}

/// What the controller shows now; nothing where it cannot be read, which undoes nothing.
std::optional<Timestamp> pwd_last_set_of(LdapConnection& connection, const Account& account) {
  const auto entries = connection.search({.base = account.dn, .attributes = {"pwdLastSet"}});
  if (!entries || entries->empty()) return std::nullopt;
  return file_time(entries->front().first("pwdlastset"));
}

}  // namespace

Result<PasswordTaken> Directory::reset_password(const Account& account, const SecretString& password, Deadline deadline,
                                                const std::stop_token& stop) const {
  MW_TRY(SecretString fresh, as_stored(password));
  MW_TRY(const Controller controller, state_->controller_named(account.controller, deadline));
  MW_TRY(Session session, state_->open(controller, SignIn::reader, deadline, stop));
  std::vector<Change> changes;
  changes.push_back({.kind = Change::Kind::replace, .attribute = kAttribute, .value = std::move(fresh)});
  if (Status taken = session.connection->modify(account.dn, changes); !taken) {
    return fail(with_delegation(std::move(taken).error(), account, state_->settings.reader_name, "CA;Reset Password"));
  }
  return PasswordTaken{.controller = session.controller, .pwd_last_set = pwd_last_set_of(*session.connection, account)};
}

Result<PasswordTaken> Directory::change_own_password(const Account& reader, const SecretString& password,
                                                     Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(SecretString old, as_stored(state_->settings.reader_password));
  MW_TRY(SecretString fresh, as_stored(password));
  MW_TRY(const Controller controller, state_->controller_named(reader.controller, deadline));
  MW_TRY(Session session, state_->open(controller, SignIn::reader, deadline, stop));
  std::vector<Change> changes;
  changes.push_back({.kind = Change::Kind::remove, .attribute = kAttribute, .value = std::move(old)});
  changes.push_back({.kind = Change::Kind::add, .attribute = kAttribute, .value = std::move(fresh)});
  MW_CHECK(session.connection->modify(reader.dn, changes));
  return PasswordTaken{.controller = session.controller, .pwd_last_set = pwd_last_set_of(*session.connection, reader)};
}

Status Directory::try_password(std::string_view controller, const std::string& name, const SecretString& password,
                               Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(const Controller found, state_->controller_named(controller, deadline));
  MW_TRY(Session session, state_->open(found, SignIn::anonymous, deadline, stop));
  return session.connection->bind(name, password);
}

}  // namespace mailward::directory
