#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "audit/trail.h"
#include "http/server.h"
#include "notify/channels.h"
#include "notify/deliveries.h"
#include "notify/notice.h"
#include "secrets/inventory.h"
#include "secrets/keyring.h"
#include "tests/support/databases.h"
#include "tests/support/manual_clock.h"
#include "tests/support/smtp_relay.h"
#include "tests/support/wait_until.h"

namespace mailward::notify::testing {

using namespace std::chrono_literals;
using mailward::testing::SmtpRelay;
using mailward::testing::wait_until;

inline By by_admin() {
  return {.actor = audit::Actor::local(0), .source = {}, .token = {}, .request_id = "request-0"};
}

/// The value, or an exception with the error's words.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// A receiver of webhooks on loopback, over plain HTTP; keeps what it gets.
class Receiver {
 public:
  struct Got {
    std::string body;
    std::string key;
    std::string authorization;
    std::string signature;
  };
  Receiver() {
    const auto router = std::make_shared<http::Router>();
    router->add("POST", "/hook", [this](const http::Request& request, http::Connection&) -> http::Reply {
      const std::scoped_lock lock(mutex_);
      if (const auto action = std::exchange(once_, nullptr)) action();
      got_.push_back({.body = request.body,
                      .key = std::string(request.headers.get("Idempotency-Key")),
                      .authorization = std::string(request.headers.get("Authorization")),
                      .signature = std::string(request.headers.get("X-Mailward-Signature"))});
      return http::Response::of(status_, "text/plain", "");
    });
    http::ServerOptions options;
    options.listeners.push_back({.name = "hook",
                                 .at = SocketAddress{.ip = *IpAddress::parse("127.0.0.1"), .port = 0},
                                 .tls = std::nullopt,
                                 .router = router});
    server_ = must(http::Server::start(std::move(options)));
  }
  std::uint16_t port() const { return must(server_->address("hook")).port; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/hook"; }
  void answer_with(int status) { status_ = status; }
  /// Called once, before the next request is answered.
  void before_next_answer(std::function<void()> action) {
    const std::scoped_lock lock(mutex_);
    once_ = std::move(action);
  }
  std::vector<Got> got() const {
    const std::scoped_lock lock(mutex_);
    return got_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Got> got_;
  std::function<void()> once_;
  std::atomic<int> status_{204};
  std::unique_ptr<http::Server> server_;
};

/// The room over a fresh database, with a clock that is moved.
class NotifyTest : public mailward::testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    open_room();
  }
  const Clock& clock() const override { return time_; }

  void open_room() {
    keyring_ = must(secrets::Keyring::open(database(), folder() / "master.key", time_));
    trail_ = std::make_unique<audit::Trail>(must(keyring_->sub_key("audit")), time_);
    channels_ = std::make_unique<Channels>(database(), *keyring_, *trail_, time_);
    open_deliveries();
  }
  void open_deliveries() {
    ResolverSettings names;
    names.hosts["relay.example.test"] = {*IpAddress::parse("127.0.0.1")};
    names.hosts["far.example.test"] = {*IpAddress::parse("192.0.2.1")};
    names.hosts["metadata.example.test"] = {*IpAddress::parse("169.254.169.254")};
    resolver_ = std::make_unique<Resolver>(names);
    DestinationPolicy policy;
    policy.allowed = {*AddressBlock::parse("127.0.0.0/8")};
    policy.ports = ports_;
    deliveries_ = std::make_unique<Deliveries>(
        Deliveries::Parts{
            .database = database(),
            .channels = *channels_,
            .resolver = *resolver_,
            .destinations = policy,
            .clock = time_,
            .may_hear = may_hear_,
            .house = [] { return House{.host = "mail.example.test", .console = "https://mail.example.test"}; }},
        pacing_);
  }
  void allow_port(std::uint16_t port) {
    ports_.push_back(port);
    deliveries_.reset();
    open_deliveries();
  }

  static ChannelForm relay_form(const SmtpRelay& relay) {
    ChannelForm form;
    form.name = "House relay";
    form.host = "relay.example.test";
    form.port = relay.port();
    form.from = "mailward@example.test";
    form.trust_pem = relay.ca_pem();
    return form;
  }
  static ChannelForm webhook_form(const Receiver& receiver) {
    ChannelForm form;
    form.name = "On call";
    form.kind = ChannelKind::webhook;
    form.url = receiver.url();
    return form;
  }
  Channel add(const ChannelForm& form, std::optional<std::string_view> password = std::nullopt) {
    std::optional<SecretString> secret;
    if (password) secret.emplace(*password);
    return must(channels_->create(form, secret, by_admin()));
  }
  /// Everything, for the house.
  Subscription subscribe(const Channel& channel, const std::string& address, const std::string& owner = {},
                         bool vouched = true) {
    SubscriptionForm form;
    form.owner = owner;
    form.channel = channel.id;
    form.address = address;
    form.all = true;
    form.vouched = vouched;
    return must(channels_->subscribe(form, by_admin()));
  }
  Status try_post(const Notice& notice) {
    return database().transaction([&](db::Transaction& tx) { return post(tx, notice, time_.now()); });
  }
  void post_one(const std::string& title = "It broke", const std::string& subject = "connection:1",
                Severity severity = Severity::warning) {
    must(try_post(
        {.kind = "connection_state", .subject = subject, .title = title, .text = "Look at it.", .severity = severity}));
  }
  std::vector<PostedNotice> notices() {
    return must(database().read([](db::Session& session) { return list_notices(session, std::nullopt, 1000); }));
  }
  /// Sends what is due until nothing is due any more by the clock as it stands.
  void deliver() {
    const auto due = [&] {
      return !must(database().read([&](db::Session& session) {
                return outbox::due_channels(session, time_.now());
              })).empty();
    };
    const auto leased = [&] {
      return must(database().read([&](db::Session& session) {
               return session.query_row("SELECT 1 FROM notice_delivery WHERE state = 'waiting' AND leased_until > $1",
                                        {time_.now()});
             }))
          .has_value();
    };
    must(deliveries_->deliver_due());
    ASSERT_TRUE(wait_until(
        [&] {
          must(deliveries_->deliver_due());
          return !due() && !leased();
        },
        40s));
  }
  std::string state_of_first() {
    const auto all = notices();
    return all.empty() || all.front().deliveries.empty() ? "" : all.front().deliveries.front().state;
  }
  Channel channel(const Channel& stands) { return must(channels_->find(stands.id.text())); }

  mailward::testing::ManualClock time_;
  std::vector<std::uint16_t> ports_{443};
  Pacing pacing_;
  std::function<Result<bool>(const std::string&, const Kind&)> may_hear_;
  std::unique_ptr<secrets::Keyring> keyring_;
  std::unique_ptr<audit::Trail> trail_;
  std::unique_ptr<Channels> channels_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<Deliveries> deliveries_;
};

}  // namespace mailward::notify::testing
