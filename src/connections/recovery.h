#pragma once

#include <cstdint>
#include <optional>

#include "connections/ledger.h"
#include "secrets/recovery_file.h"

namespace mailward::connections {

/// A password of the account out of the recovery file: the newest that Active Directory may have, or the one of that
/// number. Errors: invalid_form, field "private_half", where that one was sealed to another pair (an older password
/// that this half opens is never taken for the newest) or the text is no private half; SecretsError::unknown_secret
/// where the file has none.
Result<SecretString> recovered_password(const secrets::RecoveryFile& recovery, const ServiceAccount& account,
                                        const SecretString& private_half, std::optional<std::int64_t> number);

/// Seals every password in force that Mailward made to the pair that stands now, where that has not been done: after a
/// new pair was made, so that its private half alone suffices. Errors: io, limit_exceeded, DbError, SecretsError.
Status seal_for_recovery(const Ledger& ledger, secrets::RecoveryFile& recovery, const secrets::RecoveryKey& key,
                         const Clock& clock);

}  // namespace mailward::connections
