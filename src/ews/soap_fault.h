#pragma once

#include "ews/failure.h"
#include "ews/xml.h"

namespace mailward::ews {

/// A SOAP fault as a Failure (soap_fault, or throttled): from 2010 on it has HTTP 500, no header and Exchange's code in
/// its detail; one of WCF has no detail.
Failure read_fault(XmlElement fault);

/// MessageXml's named values, LineNumber and its like, and the back-off among them. At most 64.
void read_message_xml(XmlElement message_xml, ServerWords& said);

/// "ErrorServerBusy: …" for a person.
std::string sentence_of(const ServerWords& said);

}  // namespace mailward::ews
