// The head of an answer that is read without libcurl, and what is none.
#include "ews/plain_http.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/file.h"

namespace mailward::ews {
namespace {

/// The status of what a peer says before it closes; nothing where that is no head of an answer.
std::optional<int> status_of(const std::string& said) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) std::abort();
  const FileDescriptor ours(ends[0]);
  {
    const FileDescriptor peer(ends[1]);
    EXPECT_EQ(write(peer.get(), said.data(), said.size()), static_cast<ssize_t>(said.size()));
  }
  const auto head = read_plain_head(ours.get(), Deadline::after(std::chrono::seconds(5)), {});
  if (!head) {
    EXPECT_TRUE(head.error().is(BaseError::malformed)) << head.error().describe();
    return std::nullopt;
  }
  return head->status;
}

TEST(PlainHead, has_a_status_of_three_digits) {
  EXPECT_EQ(status_of("HTTP/1.1 200 Connection established\r\n\r\n"), 200);
  EXPECT_EQ(status_of("HTTP/1.0 407\r\n\r\n"), 407);
  for (const std::string status : {"-07", "+20", " 20", "20", "2000", "2x0", "", "200\t"}) {
    EXPECT_EQ(status_of("HTTP/1.1 " + status + "\r\n\r\n"), std::nullopt) << status;
  }
}

TEST(PlainHead, is_no_answer_of_another_protocol_or_one_that_ends_early) {
  EXPECT_EQ(status_of("SSH-2.0-OpenSSH_9.2\r\n\r\n"), std::nullopt);
  EXPECT_EQ(status_of("HTTP/1.1 200 OK\r\n"), std::nullopt);
  EXPECT_EQ(status_of(""), std::nullopt);
}

}  // namespace
}  // namespace mailward::ews
