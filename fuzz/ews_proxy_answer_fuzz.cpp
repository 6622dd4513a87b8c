// Any bytes as a proxy's answers to CONNECT: heads, bodies that are passed over, challenges, and what they leave
// behind.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/file.h"
#include "ews/challenge.h"
#include "ews/plain_http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailward;
  int ends[2];
  // What fits into a socket's buffer can be written before anybody reads.
  if (size > 100'000 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, &ends[0]) != 0) return 0;
  const FileDescriptor ours(ends[0]);
  const FileDescriptor proxy(ends[1]);
  if (write(proxy.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  shutdown(proxy.get(), SHUT_WR);
  const auto deadline = Deadline::after(std::chrono::seconds(5));
  for (int answers = 0; answers < 3; ++answers) {
    auto head = ews::read_plain_head(ours.get(), deadline, {});
    if (!head) return 0;
    if (head->status < 0 || head->status > 999) std::abort();
    static_cast<void>(ews::challenges_of(head->fields, "Proxy-Authenticate"));
    if (!ews::skip_plain_body(ours.get(), *head, deadline, {})) return 0;
    if (!head->rest.empty()) std::abort();
  }
  return 0;
}
