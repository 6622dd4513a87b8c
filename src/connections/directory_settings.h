#pragma once

#include "base/net.h"
#include "base/result.h"
#include "connections/model.h"
#include "directory/directory.h"
#include "kerberos/tickets.h"

namespace mailward::connections {

/// The settings of a reader of this directory, from its record; where he signs in by Kerberos, with realm_settings(),
/// for which `resolver` must outlive them. Errors: invalid_form, malformed trust.
Result<directory::Settings> reader_settings(const DirectoryRecord& record, const SecretString& reader_password,
                                            const Resolver& resolver, const DestinationPolicy& destinations);

/// Which controllers are asked for tickets.
struct KdcChoice {
  std::string first;                ///< that took the password, and so knows it; empty: in the record's order
  std::vector<std::string> behind;  ///< not these: they would count a password that they have not heard of as wrong
};

/// The realm's controllers, resolved and checked against the policy; those that cannot be resolved or may not be used
/// are left out. Errors: invalid_form where the record has no realm; NameError or refused_destination where none is
/// left, not_found where all that are left are behind.
Result<kerberos::Settings> realm_settings(const DirectoryRecord& record, const Resolver& resolver,
                                          const DestinationPolicy& destinations, Deadline deadline,
                                          const KdcChoice& choice = {});

}  // namespace mailward::connections
