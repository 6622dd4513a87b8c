#pragma once

#include "ews/server_version.h"
#include "ews/xml.h"

namespace mailward::ews {

/// t:ServerVersionInfo of a soap:Header; not known() where there is none.
ServerVersion read_version(XmlElement header);

}  // namespace mailward::ews
