// The door to the proxies' passwords: shown one at a time, never after a refusal, never twice where nobody knows.
#include "connections/proxy_door.h"

#include <atomic>
#include <thread>

#include "tests/connections/books.h"

namespace mailward::connections::testing {
namespace {

using ews::ProxyVerdict;
using namespace std::chrono_literals;

class ProxyDoorTest : public BooksTest {
 protected:
  static ProxyForm form() {
    return {
        .url = "http://proxy.example.test:3128", .sign_in = ProxySignIn::basic, .user = "proxyuser", .trust_pem = {}};
  }
  /// Shows `password` and is answered with `verdict`; or why it may not be shown.
  Status show(ProxyDoor& door, ProxyVerdict verdict, std::string_view password = "Password-1",
              WhatWasRefused refused = WhatWasRefused::stays) {
    const auto witness = door.witness(form(), SecretString(password), refused);
    MW_TRY(ews::ProxyTry shown, witness(Deadline::after(20s), {}));
    shown.ended(verdict);
    return {};
  }
  /// All at once.
  template <typename Do>
  static void twelve_times(Do what) {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 12; ++i) callers.emplace_back(what);
  }

  RefusalMemory& memory() {
    if (!memory_) memory_.emplace(database(), keyring(), clock_);
    return *memory_;
  }

 private:
  std::optional<RefusalMemory> memory_;
};
MAILWARD_ON_EVERY_DATABASE(ProxyDoorTest);

TEST_P(ProxyDoorTest, lets_one_of_many_find_out_that_a_password_is_wrong) {
  ProxyDoor door({.refusals = memory(), .clock = Clock::system()});
  std::atomic<int> shown = 0;
  std::atomic<int> withheld = 0;
  const auto witness = door.witness(form(), SecretString(std::string_view("Wrong-1")));
  twelve_times([&] {
    auto asked = witness(Deadline::after(20s), {});
    if (asked) {
      ++shown;
      asked->ended(ProxyVerdict::refused);
    } else if (asked.error().is(ConnectionsError::proxy_refused)) {
      ++withheld;
    }
  });
  EXPECT_EQ(shown, 1);
  EXPECT_EQ(withheld, 11);
  EXPECT_TRUE(show(door, ProxyVerdict::taken, "Right-1"));
}

/// Its password was changed at the proxy: the first refusal is the only one, though it was right until now.
TEST_P(ProxyDoorTest, lets_one_of_many_find_out_that_a_proven_password_is_wrong_by_now) {
  RefusalMemory by_the_wall_clock(database(), keyring(), Clock::system());
  ProxyDoor door({.refusals = by_the_wall_clock, .clock = Clock::system()});
  ASSERT_TRUE(show(door, ProxyVerdict::taken));
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> turns = 0;
  const auto witness = door.witness(form(), SecretString(std::string_view("Password-1")));
  twelve_times([&] {
    auto asked = witness(Deadline::after(20s), {});
    if (!asked) return;
    most = std::max(most.load(), ++at_once);
    const bool changed = ++turns > 4;
    if (changed) ++refused;
    --at_once;
    asked->ended(changed ? ProxyVerdict::refused : ProxyVerdict::taken);
  });
  EXPECT_EQ(most, 1);
  EXPECT_EQ(refused, 1);
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken), ConnectionsError::proxy_in_doubt));
}

/// Its own directory may have been away, or it means one destination.
TEST_P(ProxyDoorTest, shows_a_proven_password_that_was_refused_once_more_and_not_a_third_time) {
  ProxyDoor door({.refusals = memory(), .clock = clock_});
  ASSERT_TRUE(show(door, ProxyVerdict::taken));
  EXPECT_TRUE(show(door, ProxyVerdict::refused));
  clock_.advance(4min);
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken), ConnectionsError::proxy_in_doubt));
  clock_.advance(1min);
  EXPECT_TRUE(show(door, ProxyVerdict::taken));
  EXPECT_TRUE(show(door, ProxyVerdict::refused)) << "it was proven again";
  clock_.advance(5min);
  EXPECT_TRUE(show(door, ProxyVerdict::refused));
  clock_.advance(5min);
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken), ConnectionsError::proxy_refused));
}

TEST_P(ProxyDoorTest, waits_before_it_shows_again_what_nobody_answered) {
  for (const ProxyVerdict unknown : {ProxyVerdict::silent, ProxyVerdict::cut_off}) {
    ProxyDoor door({.refusals = memory(), .clock = clock_});
    EXPECT_TRUE(show(door, unknown));
    EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken), ConnectionsError::proxy_in_doubt));
    EXPECT_TRUE(show(door, ProxyVerdict::taken, "Password-2")) << "nobody has tried that one";
    ProxyDoor of_next_process({.refusals = memory(), .clock = clock_});
    EXPECT_TRUE(fails_with(show(of_next_process, ProxyVerdict::taken), ConnectionsError::proxy_in_doubt));
    clock_.advance(5min);
    EXPECT_TRUE(show(door, ProxyVerdict::taken));
    EXPECT_TRUE(show(of_next_process, ProxyVerdict::unjudged)) << "it was taken: nothing is remembered";
  }
}

/// An account that was locked, a proxy that had lost its directory: the password was right all along.
TEST_P(ProxyDoorTest, lets_a_person_have_a_refused_password_shown_once_more_after_half_an_hour) {
  ProxyDoor door({.refusals = memory(), .clock = clock_});
  EXPECT_TRUE(show(door, ProxyVerdict::refused));
  clock_.advance(29min);
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken, "Password-1", WhatWasRefused::may_be_tried),
                         ConnectionsError::proxy_refused));
  clock_.advance(1min);
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken), ConnectionsError::proxy_refused)) << "nobody asked for it";
  // What tells nothing changes nothing: the person may ask again, and nobody else shows it.
  EXPECT_TRUE(show(door, ProxyVerdict::unjudged, "Password-1", WhatWasRefused::may_be_tried));
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken), ConnectionsError::proxy_refused));
  EXPECT_TRUE(show(door, ProxyVerdict::cut_off, "Password-1", WhatWasRefused::may_be_tried));
  clock_.advance(6min);
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken), ConnectionsError::proxy_refused)) << "it is no doubt";
  clock_.advance(24min);
  EXPECT_TRUE(show(door, ProxyVerdict::refused, "Password-1", WhatWasRefused::may_be_tried));
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken, "Password-1", WhatWasRefused::may_be_tried),
                         ConnectionsError::proxy_refused))
      << "half an hour from the last refusal";
  clock_.advance(30min);
  EXPECT_TRUE(show(door, ProxyVerdict::taken, "Password-1", WhatWasRefused::may_be_tried));
  EXPECT_TRUE(show(door, ProxyVerdict::taken)) << "it is proven";
}

TEST_P(ProxyDoorTest, has_a_try_in_the_books_before_it_is_made) {
  ProxyDoor door({.refusals = memory(), .clock = clock_});
  const SecretString password(std::string_view("Password-1"));
  auto under_way = must(door.witness(form(), password)(Deadline::after(20s), {}));
  // As a process sees it that starts after this one was killed.
  ProxyDoor of_next_process({.refusals = memory(), .clock = clock_});
  EXPECT_TRUE(fails_with(show(of_next_process, ProxyVerdict::taken), ConnectionsError::proxy_in_doubt));
  under_way.ended(ProxyVerdict::unjudged);
  EXPECT_TRUE(show(of_next_process, ProxyVerdict::taken)) << "nothing was shown after all";
}

/// A proxy that waits for a dead server is silent; one that ends the connection without a word may have judged.
TEST_P(ProxyDoorTest, trusts_a_proven_password_over_a_silence_and_not_over_a_connection_that_was_cut) {
  ProxyDoor door({.refusals = memory(), .clock = clock_});
  ASSERT_TRUE(show(door, ProxyVerdict::taken));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(show(door, ProxyVerdict::silent));
  EXPECT_TRUE(show(door, ProxyVerdict::cut_off));
  EXPECT_TRUE(show(door, ProxyVerdict::cut_off)) << "it was right before";
  EXPECT_TRUE(fails_with(show(door, ProxyVerdict::taken), ConnectionsError::proxy_in_doubt));
}

TEST_P(ProxyDoorTest, ends_a_wait_by_its_deadline_and_when_it_is_stopped) {
  ProxyDoor door({.refusals = memory(), .clock = Clock::system()});
  const auto witness = door.witness(form(), SecretString(std::string_view("Password-1")));
  auto under_way = must(witness(Deadline::after(20s), {}));
  EXPECT_TRUE(fails_with(witness(Deadline::after(30ms), {}), BaseError::timed_out));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(fails_with(witness(Deadline::after(20s), stop.get_token()), BaseError::cancelled));
  ProxyForm other = form();
  other.user = "another";
  EXPECT_TRUE(door.witness(other, SecretString(std::string_view("Password-1")))(Deadline::after(20s), {}))
      << "he has a turn of his own";
}

/// Of Negotiate's password the KDC is the judge.
TEST_P(ProxyDoorTest, asks_the_kdc_once_for_a_password_that_it_refuses) {
  ProxyDoor door({.refusals = memory(), .clock = Clock::system()});
  const SecretString password(std::string_view("Wrong-1"));
  std::atomic<int> asked = 0;
  std::atomic<int> failed = 0;
  const auto ask = [&]() -> Result<kerberos::Tickets> {
    ++asked;
    return fail(kerberos::KerberosError::bad_password, "wrong");
  };
  twelve_times([&] {
    if (!door.tickets(form(), password, "EXAMPLE.TEST", ask, WhatWasRefused::stays, Deadline::after(20s), {})) ++failed;
  });
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(failed, 12);
}

}  // namespace
}  // namespace mailward::connections::testing
