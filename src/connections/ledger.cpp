#include "connections/ledger.h"

namespace mailward::connections {

Ledger::Ledger(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock)
    : database_(database), store_(keyring, clock), trail_(trail), clock_(clock) {}

}  // namespace mailward::connections
