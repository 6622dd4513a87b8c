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

/// The realm's controllers, resolved and checked against the policy; those that cannot be resolved or may not be used
/// are left out. Errors: invalid_form where the record has no realm; NameError or refused_destination where none is
/// left.
Result<kerberos::Settings> realm_settings(const DirectoryRecord& record, const Resolver& resolver,
                                          const DestinationPolicy& destinations, Deadline deadline);

}  // namespace mailward::connections
