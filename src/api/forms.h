#pragma once

#include <expected>
#include <optional>

#include "api/route.h"
#include "connections/form.h"
#include "connections/ledger.h"

namespace mailward::api {

/// Reads the members of a server connection's form; what is absent is as in a new form.
connections::ConnectionForm read_connection_form(Body& body);
/// `otherwise`: where the body does not say how the reader signs in.
connections::DirectoryForm read_directory_form(Body& body,
                                               connections::ReaderSignIn otherwise = connections::ReaderSignIn::simple);
/// The member `name` (write-only) with "password_confirmed": the person was asked about its oddities.
std::optional<connections::TypedPassword> read_password(Body& body, std::string_view name = "password");
/// The same with the member "destination": where the person saw that it would go. `required` where a stored record,
/// which others may have changed, has a say in that.
std::optional<connections::TypedPassword> read_password_for(Body& body, bool required);
/// As read_password_for(), of the member "proxy_password": a destination names the proxy too.
std::optional<connections::TypedPassword> read_proxy_password_for(Body& body, bool required);
/// The member "version": the one that the change started from.
std::int64_t read_version(Body& body);
/// The query's "version": which one is to be deleted. Errors: invalid_request.
std::expected<std::int64_t, Failure> read_deleted_version(const Call& call);
/// The member "directory", by id or name. Errors: unknown_directory.
std::expected<std::optional<connections::DirectoryId>, Failure> read_directory(Call& call);

/// The account with what belongs to it: its directory's name, its connections, its reset account, its rotation.
Outcome account_answer(Call& call, int status, const connections::ServiceAccount& account);

/// finish() of the body, and the form's own problems member by member.
std::optional<Failure> finish(Body& body, const connections::ConnectionForm& form);
std::optional<Failure> finish(Body& body, const connections::DirectoryForm& form);
/// As MW_CHECK for finish().
#define API_CHECK(failure) \
  if (auto api_failure = (failure)) return std::unexpected(std::move(*api_failure))

}  // namespace mailward::api
