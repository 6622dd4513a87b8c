#include <unistd.h>

#include <filesystem>

#include "base/bytes.h"
#include "connections/external_source.h"
#include "connections/form.h"
#include "connections/rotation_state.h"

/// What is asked of the world before a twin or another vault is named, so that a slip of the pen shows at once.
namespace mailward::connections {
namespace {

constexpr std::chrono::seconds kLookUp{10};

bool is_no_such_account(const Error& error) {
  return error.is(directory::DirectoryError::not_found) || error.is(directory::DirectoryError::ambiguous);
}

}  // namespace

Status check_program(const ExternalSourceForm& form) {
  if (form.command.empty()) return {};
  const std::string& program = form.command.front();
  std::error_code code;
  const auto status = std::filesystem::status(program, code);
  const std::string named = "the program " + printable(program, 200);
  if (!std::filesystem::exists(status)) {
    return fail(form_error({{"command", named + " is not there: name it by its absolute path on the server"}}));
  }
  if (!std::filesystem::is_regular_file(status)) return fail(form_error({{"command", named + " is no file"}}));
  if (access(program.c_str(), X_OK) != 0) {
    return fail(
        form_error({{"command", named + " cannot be run by the service's user: chmod +x it, and its folders"}}));
  }
  return {};
}

Result<std::optional<bool>> Rotations::try_source(AccountId id, const ExternalSourceForm& form,
                                                  const std::optional<SecretString>& token) const {
  const Parts& parts = state_->parts;
  MW_CHECK(check_external(form));
  MW_CHECK(check_program(form));
  MW_TRY(const auto account, parts.ledger.account(id));
  const std::stop_token stop = state_->stop.get_token();
  const auto handed = [&]() -> Result<SecretString> {
    MW_TRY(const auto standing, parts.ledger.source(id));
    if (!token && standing && standing->has_token && !form.url.empty()) {
      if (standing->form.url != form.url || standing->form.trust_pem != form.trust_pem) {
        return fail(Error(ConnectionsError::password_must_be_typed, "the token was typed for another address or trust")
                        .with_remedy("type it again"));
      }
      return parts.ledger.fetch_password(account, parts.resolver, parts.destinations, stop, parts.source_patience);
    }
    const ExternalSource source{.form = form};
    const SecretString none;
    return fetch_external({.source = source,
                           .token = token ? *token : none,
                           .account_name = account.name,
                           .resolver = parts.resolver,
                           .destinations = parts.destinations,
                           .within = parts.source_patience},
                          stop);
  }();
  if (!handed) return fail(handed.error());
  const CredentialVersion* active = account.active();
  if (active == nullptr) return std::nullopt;
  MW_TRY(const SecretString in_force, parts.ledger.open_version(account, *active));
  return in_force.equals(*handed);
}

Result<std::optional<NamedAccount>> Rotations::look_up(AccountId beside, std::string_view name) const {
  const Parts& parts = state_->parts;
  MW_TRY(const auto account, parts.ledger.account(beside));
  if (!account.directory) return std::nullopt;
  MW_TRY(const auto record, parts.ledger.directory(*account.directory));
  // By the reader alone: no other password is shown for a look.
  const auto reader = parts.readers.open(record);
  if (!reader || !reader->directory) return std::nullopt;
  const auto found = reader->directory->find_account(name, Deadline::after(kLookUp), state_->stop.get_token());
  if (found) return NamedAccount{.sid = found->sid, .dn = printable(found->dn)};
  if (!is_no_such_account(found.error())) return std::nullopt;
  return fail(form_error({{"name", found.error().message() + ": name it as Active Directory has it"}}));
}

}  // namespace mailward::connections
