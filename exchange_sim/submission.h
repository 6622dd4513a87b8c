#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exchange_sim/item.h"
#include "exchange_sim/people.h"

namespace mailward::exchange_sim {

class Organisation;
class Mailbox;

/// A message on its way: made under the sender's mailbox, delivered without any lock held.
struct Submission {
  std::unique_ptr<Item> item;  ///< as it leaves: no blind copies, no flags, no categories
  std::string sender;          ///< whose mailbox it left, a primary address
  std::vector<Address> recipients;
};

/// What leaves of an item: a copy, its MIME without Bcc, and everyone it goes to. The item's mailbox is held.
Submission submission_of(const Mailbox& mailbox, const Item& item);
/// Whether there is anyone to send it to, and every recipient's address can be one.
bool has_sound_recipients(const Item& item);

/// To each recipient of the organisation, members of lists too, with Received headers, where his rules want it; journal
/// reports go out, automatic replies come back. For who is unknown, whose mailbox is full or in Exchange Online, a
/// report comes back to the sender. No mailbox is held by the caller. (delivery.cpp)
void deliver(Organisation& organisation, const Submission& submission);

}  // namespace mailward::exchange_sim
