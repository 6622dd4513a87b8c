#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange_sim/item.h"

/// Senders, recipients and attendees, between addresses and the t:Mailbox elements that items hold.
namespace mailward::exchange_sim {

class Mailbox;

struct Address {
  std::string name;
  std::string smtp;
  bool operator==(const Address&) const = default;
};

/// One or several t:Mailbox elements.
Value people_value(const std::vector<Address>& people);
/// The one whose mailbox it is.
Value owner_value(const Mailbox& mailbox);
/// The addresses in a value of ValueType::people, attendees too. What has no address is left out.
std::vector<Address> people_in(const Value* value);
/// "User A; User B", as DisplayTo shows them.
std::string display_of(const Value* value);

/// Whether every t:Mailbox of the value can be written to: it has an address, and one of SMTP's form (RFC 5321 4.1.2,
/// loosely) unless its routing type is another.
bool all_reachable(const Value* value);

/// A new Message-ID of what comes from that domain, or from the address in it: "<…@example.test>" (RFC 5322 3.6.4).
std::string new_message_id(std::string_view domain_or_address);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace mailward::exchange_sim
