// What a proxy may answer to CONNECT, cut at every byte and changed by seed: each is a named failure, nothing of ours
// reaches the server, and no password is said.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "base/bytes.h"
#include "ews/session.h"
#include "tests/ews/support/ntlm_acceptor.h"
#include "tests/ews/support/scripted_server.h"
#include "tests/support/mutations.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::After;
using testing::NtlmAcceptor;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;

constexpr std::uint32_t kSeed = 20261130;
constexpr std::string_view kPassword = "proxy-pass";
constexpr std::string_view kTunnel = "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n";
constexpr std::string_view kBasicWanted =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: "
    "4\r\n\r\nno!\n";

/// A proxy that gives one answer of the test's and ends.
class ProxyAnswers : public ::testing::TestWithParam<Scheme> {
 protected:
  using Answer = std::function<std::string(const std::string& usual)>;

  /// Sends one request by a proxy that answers what `answer` makes of its usual answer: of a tunnel's, or of what it
  /// wants of a client that has not signed in.
  void ask(bool tunnel, Answer answer) {
    unsigned tried = 0;
    {
      const std::lock_guard lock(mutex_);
      tunnel_ = tunnel;
      answer_ = std::move(answer);
      tried = attempts_;
    }
    Proxy proxy{.address = proxy_.address(),
                .user = GetParam() == Scheme::ntlm ? "EXAMPLE\\proxyuser" : "proxyuser",
                .password = SecretString(kPassword),
                .scheme = GetParam()};
    Session session(transport_, proxy_.endpoint(), {}, std::move(proxy));
    auto answered = session.send({.method = Method::post, .body = "of the server"}, Deadline::after(5s));
    ASSERT_FALSE(answered);
    const Failure& failure = answered.error();
    EXPECT_TRUE(failure.is(EwsError::proxy_failed) || failure.is(EwsError::token_failed) ||
                failure.is(EwsError::closed_before_sending) || failure.is(EwsError::tls_failed) ||
                failure.is(EwsError::answer_too_large))
        << failure.error.describe();
    EXPECT_EQ(failure.evidence->sent, Sent::nothing) << failure.error.describe();
    EXPECT_EQ(failure.error.describe().find(kPassword), std::string::npos);
    const std::lock_guard lock(mutex_);
    EXPECT_LE(attempts_ - tried, 2U) << "one CONNECT, or the two of NTLM";
  }
  /// What a proxy says that wants a sign-in, to this request.
  std::string usual(const ReceivedRequest& request) {
    if (GetParam() != Scheme::ntlm) return std::string(kBasicWanted);
    return testing::proxy_challenge(acceptor_, request).value_or(std::string(kTunnel));
  }

  NtlmAcceptor acceptor_{"EXAMPLE", "proxyuser", std::string(kPassword)};
  std::mutex mutex_;  ///< the proxy answers on a thread of its own
  Answer answer_;
  unsigned attempts_ = 0;
  bool tunnel_ = false;
  ScriptedServer proxy_{{.react =
                             [this](const ReceivedRequest& request, SSL*) {
                               const std::lock_guard lock(mutex_);
                               ++attempts_;
                               EXPECT_TRUE(request.line.starts_with("CONNECT " + proxy_.endpoint().address.text()))
                                   << request.line;
                               EXPECT_EQ(request.body, "");
                               return Reaction{answer_(tunnel_ ? std::string(kTunnel) : usual(request)), After::drop};
                             },
                         .plain = true}};
  Transport transport_;
};
INSTANTIATE_TEST_SUITE_P(Schemes, ProxyAnswers, ::testing::Values(Scheme::basic, Scheme::ntlm), [](const auto& info) {
  return std::string(info.param == Scheme::ntlm ? "by_us" : "by_libcurl");
});

TEST_P(ProxyAnswers, cut_at_any_byte_are_no_tunnel) {
  for (const bool tunnel : {false, true}) {
    const auto cut = std::make_shared<std::atomic<bool>>(true);
    for (std::size_t bytes = 0; *cut && !HasFatalFailure(); ++bytes) {
      SCOPED_TRACE(::testing::Message() << "after " << bytes << " bytes");
      ask(tunnel, [cut, bytes](const std::string& usual) {
        *cut = bytes < usual.size();
        return usual.substr(0, bytes);
      });
    }
  }
}

TEST_P(ProxyAnswers, changed_by_seed_are_no_tunnel_either) {
  struct Changed {
    testing::Mutations mutations{kSeed};
    std::string text{};
  };
  const auto changed = std::make_shared<Changed>();
  for (int round = 0; round < 250 && !HasFatalFailure(); ++round) {
    ask(round % 2 == 0,
        [changed](const std::string& usual) { return changed->text = changed->mutations.of_bytes(usual); });
    const std::lock_guard lock(mutex_);
    if (HasFailure()) FAIL() << "seed " << kSeed << ", round " << round << ": " << printable(changed->text, 2000);
  }
}

}  // namespace
}  // namespace mailward::ews
