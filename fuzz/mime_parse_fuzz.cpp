#include <cstdlib>

#include "base/bytes.h"
#include "mime/message.h"

// Any bytes as a message: read or refused, all text UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = mailward::mime::parse(mailward::as_text({data, size}));
  if (!message) return 0;
  for (const auto& header : message->headers) {
    if (!mailward::is_utf8(header.value)) std::abort();
  }
  if (!mailward::is_utf8(message->subject + message->text.value_or("") + message->html.value_or(""))) std::abort();
  return 0;
}
