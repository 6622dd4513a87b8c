#pragma once

#include "base/net.h"
#include "base/result.h"
#include "connections/model.h"
#include "directory/directory.h"
#include "kerberos/tickets.h"

namespace mailward::connections {

/// The settings of a reader of this directory, from its record. Errors: invalid_form, malformed trust.
Result<directory::Settings> reader_settings(const DirectoryRecord& record, const SecretString& reader_password);

/// The realm's controllers, resolved and checked against the policy; those that cannot be resolved or may not be used
/// are left out. Errors: invalid_form where the record has no realm; NameError or refused_destination where none is
/// left. Where `first` names one of the controllers, it is asked first: the one that took a new password knows it,
/// while another may count it as a wrong one.
Result<kerberos::Settings> realm_settings(const DirectoryRecord& record, const Resolver& resolver,
                                          const DestinationPolicy& destinations, Deadline deadline,
                                          std::string_view first = {});

}  // namespace mailward::connections
