#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "directory/account.h"
#include "directory/ldap_connection.h"

namespace mailward::directory {

/// What is asked for to make an Account.
const std::vector<std::string>& account_attributes();
/// An entry read with these attributes, at this moment.
Account account_of(const Entry& entry, const std::string& controller, Timestamp now);

}  // namespace mailward::directory
