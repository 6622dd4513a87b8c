#include "exchange_sim/people.h"

#include <algorithm>
#include <pugixml.hpp>

#include "base/bytes.h"
#include "base/digest.h"
#include "exchange_sim/mailbox.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && lower_case(a) == lower_case(b);
}

std::string new_message_id(std::string_view domain_or_address) {
  // Nothing found is npos, and one more is the start.
  return "<" + random_uuid() + "@" + std::string(domain_or_address.substr(domain_or_address.find('@') + 1)) + ">";
}

Value owner_value(const Mailbox& mailbox) {
  return people_value({{.name = mailbox.display_name, .smtp = mailbox.smtp}});
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

namespace {

bool is_smtp_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
  const bool quoted = text.starts_with('"');
  const std::string_view checked = quoted ? text.substr(at) : text;
  const bool plain = std::ranges::none_of(checked, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == ',' || c == ';' || c == '\x7f';
  });
  const std::string_view domain = text.substr(at + 1);
  return plain && (quoted || text.find('@') == at) && !domain.starts_with('.') &&
         domain.find("..") == std::string_view::npos;
}

}  // namespace

bool all_reachable(const Value* value) {
  if (value == nullptr || value->inner.empty()) return true;
  pugi::xml_document document;
  if (!document.load_string(("<p>" + value->inner + "</p>").c_str())) return false;
  return std::ranges::all_of(document.document_element().children(), [](pugi::xml_node node) {
    if (std::string_view(node.name()) == "t:Attendee") node = node.child("t:Mailbox");
    const std::string_view routing = node.child("t:RoutingType").text().get();
    const std::string_view address = node.child("t:EmailAddress").text().get();
    const bool other = !routing.empty() && !equal_ignoring_case(routing, "SMTP");
    return other ? !address.empty() : is_smtp_address(address);
  });
}

std::string display_of(const Value* value) {
  std::string out;
  for (const Address& each : people_in(value)) {
    out += (out.empty() ? "" : "; ") + (each.name.empty() ? each.smtp : each.name);
  }
  return out;
}

}  // namespace mailward::exchange_sim
