#pragma once

#include <string>

#include "connections/ledger.h"

namespace mailward::connections {

/// The account of that name, made where there is none, in the directory of another. Internal to connections/. Errors:
/// invalid_form, already_exists where it was made at the same moment.
Result<ServiceAccount> account_made(db::Transaction& tx, const std::string& name, const ServiceAccount& beside,
                                    const By& by, const Clock& clock);

}  // namespace mailward::connections
