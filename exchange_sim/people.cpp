#include "exchange_sim/people.h"

#include <pugixml.hpp>

#include "base/bytes.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && lower_case(a) == lower_case(b);
}

Value people_value(const std::vector<Address>& people) {
  XmlWriter xml;
  for (const Address& each : people) {
    xml.open("t:Mailbox");
    xml.text("t:Name", each.name.empty() ? each.smtp : each.name);
    xml.text("t:EmailAddress", each.smtp);
    xml.text("t:RoutingType", "SMTP");
    xml.text("t:MailboxType", "Mailbox");
    xml.close("t:Mailbox");
  }
  return {.inner = xml.take()};
}

std::vector<Address> people_in(const Value* value) {
  std::vector<Address> found;
  if (value == nullptr || value->inner.empty()) return found;
  pugi::xml_document document;
  if (!document.load_string(("<p>" + value->inner + "</p>").c_str())) return found;
  for (auto node : document.document_element().children()) {
    if (std::string_view(node.name()) == "t:Attendee") node = node.child("t:Mailbox");
    Address address{.name = node.child("t:Name").text().get(), .smtp = node.child("t:EmailAddress").text().get()};
    if (!address.smtp.empty()) found.push_back(std::move(address));
  }
  return found;
}

std::string display_of(const Value* value) {
  std::string out;
  for (const Address& each : people_in(value)) {
    out += (out.empty() ? "" : "; ") + (each.name.empty() ? each.smtp : each.name);
  }
  return out;
}

}  // namespace mailward::exchange_sim
