#include "ews/operations/resolve_names.h"

#include "ews/operations/page.h"
#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {
namespace {

std::string_view scope_name(ResolveNames::Scope scope) {
  switch (scope) {
    case ResolveNames::Scope::active_directory:
      return "ActiveDirectory";
    case ResolveNames::Scope::active_directory_contacts:
      return "ActiveDirectoryContacts";
    case ResolveNames::Scope::contacts:
      return "Contacts";
    case ResolveNames::Scope::contacts_active_directory:
      return "ContactsActiveDirectory";
  }
  return "ActiveDirectory";
}

}  // namespace

std::string ResolveNames::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("ReturnFullContactData", full_contact_data ? "true" : "false");
  writer.attribute("SearchScope", scope_name(scope));
  writer.element("m:UnresolvedEntry", name);
  writer.close();
  return writer.take();
}

Outcome<ResolveNames::Response> ResolveNames::read(XmlElement payload) {
  return read_messages<Resolutions>(payload, kName, [](XmlElement message) {
    XmlElement set = message.child("ResolutionSet");
    auto page = read_page<Resolution>(set);
    Resolutions resolutions{.found = {}, .total = page.total, .last = page.last};
    for (XmlElement at : set.children("Resolution")) {
      Resolution resolution{.mailbox = read_mailbox(at.child("Mailbox")), .display_name = std::nullopt};
      if (XmlElement name = at.child("Contact").child("DisplayName")) resolution.display_name = name.text();
      resolutions.found.push_back(std::move(resolution));
    }
    return resolutions;
  });
}

}  // namespace mailward::ews
