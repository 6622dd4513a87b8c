#include <cstddef>
#include <cstdint>
#include <string>

#include "base/digest.h"
#include "exchange_sim/item_stream.h"

namespace sim = mailward::exchange_sim;

/// What stands in an exported item, under a hash that is right.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kBlobs = sim::Blobs::in_memory();
  static const sim::Mailbox kMailbox({.smtp = "usera@example.test", .display_name = "User A", .account = ""}, *kBlobs,
                                     mailward::Clock::system());
  std::string content("\x01\x00\x00\x00MWIT\x01", 9);
  content.append(reinterpret_cast<const char*>(data), size);
  const mailward::Sha256 hash = mailward::sha256(mailward::as_bytes(content));
  content += mailward::as_text(mailward::BytesView(hash));
  const auto item = sim::read_item_stream(content, kMailbox);
  if (item) (void)sim::write_item_stream({.mailbox = kMailbox, .item = *item});
  return 0;
}
