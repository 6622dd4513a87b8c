#pragma once

#include "connections/ledger.h"
#include "secrets/recovery_file.h"

namespace mailward::connections {

/// At start: holds the database's generation against the one in the file beside it and in the recovery file. Where the
/// database is older, it has forgotten passwords that Active Directory may have accepted: every account's door is
/// closed, every connection waits for a credential and says why, and no old password is tried. That is noted in the
/// audit trail, and done once. Returns whether it was so. Errors: DbError, SecretsError, io.
Result<bool> park_if_older(Ledger& ledger, const secrets::RecoveryFile& recovery, secrets::GenerationFile& generation,
                           const audit::Trail& trail, const Clock& clock);

}  // namespace mailward::connections
