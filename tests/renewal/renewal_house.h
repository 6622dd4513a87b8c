#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "access/access.h"
#include "renewal/renewal_report.h"
#include "renewal/renewals.h"
#include "tests/product_support/product.h"
#include "tests/support/manual_clock.h"
#include "tests/support/wait_until.h"

namespace mailward::renewal::testing {

using mailward::testing::must;
using mailward::testing::Product;
using mailward::testing::wait_until;
using namespace std::chrono_literals;

inline constexpr std::string_view kUserPassword = "four words that nobody guesses";

/// Users and plans over a product, composed as app/ does it. restart() is as after kill -9.
class RenewalHouse {
 public:
  explicit RenewalHouse(Product& product, const Clock& clock = Clock::system()) : product_(product), clock_(clock) {
    open();
  }

  void open() {
    trail_ = std::make_unique<audit::Trail>(must(product_.keyring().sub_key("audit")), clock_);
    access_ = must(access::Access::open(product_.database(), product_.keyring(), *trail_, clock_,
                                        {.sessions = {}, .password_cost = {.memory_bytes = 8192, .passes = 1}}));
    inventory_ = std::make_unique<Inventory>(product_.database(), product_.ledger(), *trail_, clock_);
    renewals_ = std::make_unique<Renewals>(Renewals::Parts{.database = product_.database(),
                                                           .keyring = product_.keyring(),
                                                           .trail = *trail_,
                                                           .runs = product_.runs(),
                                                           .rotations = product_.rotations(),
                                                           .access = *access_,
                                                           .inventory = *inventory_,
                                                           .clock = clock_,
                                                           .busy_wait = 2s});
    must(renewals_->resume());
  }
  void close() {
    renewals_.reset();
    inventory_.reset();
    access_.reset();
    trail_.reset();
  }
  void restart() {
    close();
    product_.restart();
    open();
  }

  access::Access& access() { return *access_; }
  Inventory& inventory() { return *inventory_; }
  Renewals& renewals() { return *renewals_; }
  const audit::Trail& trail() { return *trail_; }
  Product& product() { return product_; }

  void demand_approval(bool demanded) {
    must(inventory().change_policy({.greatest_ages = {}, .approval = demanded}, by_root()));
  }
  static audit::By by_root() {
    return {.actor = audit::Actor::local(0), .source = {}, .token = {}, .request_id = "request-of-root"};
  }
  static audit::By by(const access::User& user) {
    return {.actor = user.actor(), .source = "192.0.2.1", .token = {}, .request_id = "request-of-" + user.name};
  }
  access::User make_user(std::string_view name, access::Roles roles) {
    const auto created =
        must(access().users.create({.name = std::string(name), .display_name = {}, .roles = roles}, by_root()));
    auto accepted = access().invitations.accept(created.invitation.token.reveal(), SecretString(kUserPassword),
                                                {.address = "192.0.2.1", .user_agent = "Browser/1.0"}, "r");
    if (!accepted) throw std::runtime_error(accepted.error().error.describe());
    return *accepted;
  }
  access::User make_administrator(std::string_view name) { return make_user(name, {access::Role::administrator}); }

  /// Waits until the plan rests.
  Renewal rested(RenewalId id, std::chrono::seconds span = 60s) {
    Renewal renewal = must(renewals().get(id));
    const bool rests = wait_until(
        [&] {
          renewal = must(renewals().get(id));
          return renewal.state != RenewalState::running;
        },
        span);
    if (!rests) throw std::runtime_error("the plan still runs: " + text_of_items(renewal));
    return renewal;
  }
  static const RenewalItem& item_of(const Renewal& renewal, std::string_view kind) {
    for (const RenewalItem& item : renewal.items) {
      if (item.kind == kind) return item;
    }
    throw std::runtime_error("the plan has no " + std::string(kind) + text_of_items(renewal));
  }
  static std::string text_of_items(const Renewal& renewal) {
    std::string text;
    for (const RenewalItem& item : renewal.items) {
      text += "\n" + std::to_string(item.position) + " " + item.kind + " " + item.opens + " " +
              std::string(name_of(item.state)) + " " + item.why + " " + item.proof;
    }
    return text;
  }
  /// The trail's actions about plans, oldest first.
  std::vector<std::string> acts() {
    std::vector<std::string> actions;
    for (const auto& entry :
         must(product_.database().read([](db::Session& session) { return audit::Trail::list(session, 0, 100'000); }))) {
      if (entry.act.action.starts_with("renewal.")) actions.push_back(entry.act.action);
    }
    return actions;
  }

 private:
  Product& product_;
  const Clock& clock_;
  std::unique_ptr<audit::Trail> trail_;
  std::unique_ptr<access::Access> access_;
  std::unique_ptr<Inventory> inventory_;
  std::unique_ptr<Renewals> renewals_;
};

template <typename T, ErrorEnum E>
::testing::AssertionResult fails_with(const Result<T>& result, E code) {
  if (result) return ::testing::AssertionFailure() << "it succeeded";
  if (result.error().is(code)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "it failed with " << result.error().describe();
}

}  // namespace mailward::renewal::testing
