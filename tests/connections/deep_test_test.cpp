// The deep test: what it makes, that nothing of it stays, and what it says of an Exchange that lets it not write.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/product_support/organisation.h"
#include "tests/support/wait_until.h"

namespace mailward::connections {
namespace {

using testing::ExchangeSimulator;
using testing::must;
using testing::Product;
using testing::TestOutcome;
using work::StepOutcome;

constexpr std::string_view kPassword = "Sample-Passw0rd!";
constexpr const char* kSteps[] = {"deep_create_folder", "deep_create_item", "deep_move_item", "deep_delete_item",
                                  "deep_delete_folder"};

class DeepTest : public ::testing::Test {
 protected:
  DeepTest()
      : product_({.hosts = {{simulator_.host(), {"127.0.0.1"}}}, .ports = testing::ports_of(simulator_)}),
        untouched_(contents()) {}

  TestRequest request() {
    TestRequest request;
    request.form = testing::form_for(simulator_);
    request.password = TypedPassword{SecretString(kPassword), false};
    request.deep = true;
    return request;
  }
  TestOutcome test() { return product_.test(request()); }
  /// All that the mailbox check's mailbox holds, by Exchange's own account.
  std::string contents() const { return simulator_.control("GET", "/control/mailboxes/usera@example.test/folders"); }
  /// The operations seen since, each with the number of times, but for reading ones.
  std::vector<std::string> writes_since(std::uint64_t number) const {
    std::vector<std::string> writes;
    for (const auto& one : simulator_.requests(number)) {
      const std::string& name = one.operation;
      if (name.starts_with("Create") || name.starts_with("Move") || name.starts_with("Delete")) writes.push_back(name);
    }
    return writes;
  }
  static StepOutcome outcome_of(const TestOutcome& outcome, std::string_view step) {
    const auto all = outcome.outcomes_of(step);
    EXPECT_EQ(all.size(), 1U) << step << "\n" << outcome.text();
    return all.empty() ? StepOutcome::running : all.front();
  }
  static nlohmann::json evidence_of(const TestOutcome& outcome, std::string_view step) {
    const auto found = std::ranges::find(outcome.steps, step, &work::Step::name);
    return found == outcome.steps.end() ? nlohmann::json() : nlohmann::json::parse(found->evidence);
  }
  /// What another deep test's process left when it was killed, or something that looks like it.
  void leave_behind(std::string_view whose, int items, bool hidden = true) {
    const nlohmann::json left{{"name", "Mailward deep test " + std::string(whose) + " 1"},
                              {"hidden", hidden},
                              {"items", std::vector<std::string>(static_cast<std::size_t>(items), "an item")}};
    simulator_.control("POST", "/control/mailboxes/usera@example.test/folders", left.dump());
  }

  ExchangeSimulator simulator_;
  Product product_;
  std::string untouched_;
};

TEST_F(DeepTest, makes_moves_and_removes_one_item_and_leaves_no_trace) {
  const auto before = simulator_.request_count();
  const TestOutcome outcome = test();
  EXPECT_EQ(outcome.verdict, "none") << outcome.text();
  for (const char* step : kSteps) EXPECT_EQ(outcome_of(outcome, step), StepOutcome::ok) << outcome.text();
  EXPECT_EQ(writes_since(before),
            (std::vector<std::string>{"CreateFolder", "CreateItem", "MoveItem", "DeleteItem", "DeleteFolder"}));
  EXPECT_EQ(evidence_of(outcome, "deep_delete_folder").at("folders_removed"), 2);
  EXPECT_EQ(contents(), untouched_);
}

TEST_F(DeepTest, is_made_only_when_it_is_asked_for) {
  const auto before = simulator_.request_count();
  TestRequest plain = request();
  plain.deep = false;
  const TestOutcome outcome = product_.test(std::move(plain));
  EXPECT_EQ(outcome.verdict, "none");
  EXPECT_TRUE(writes_since(before).empty());
  for (const char* step : kSteps) EXPECT_TRUE(outcome.outcomes_of(step).empty());
}

TEST_F(DeepTest, shows_its_folders_to_nobody_while_it_lasts) {
  simulator_.set_fault("latency", R"({"milliseconds":20000,"values":["MoveItem"]})");
  const auto run = must(product_.tests().start(request(), Product::by()));
  nlohmann::json seen;
  const bool there = testing::wait_until(
      [&] {
        seen.clear();
        for (const auto& folder : nlohmann::json::parse(contents())) {
          if (folder.at("name").get<std::string>().starts_with("Mailward")) seen.push_back(folder);
        }
        return seen.size() == 2 && !seen[1].at("items").empty();
      },
      std::chrono::seconds(20));
  ASSERT_TRUE(there);
  ASSERT_EQ(seen.size(), 2U);
  for (const auto& folder : seen) {
    EXPECT_EQ(folder.at("hidden"), true);
    EXPECT_EQ(folder.at("parent"), "root") << "above what clients show";
    EXPECT_EQ(folder.at("name").get<std::string>().find("Mailward deep test " + run.text()), 0U);
  }
  // The intent stands in the books before the effect: the answer to the move is still on its way.
  const auto steps = must(product_.runs().changes_after(run, 0)).steps;
  EXPECT_EQ(steps.back().name, "deep_move_item");
  EXPECT_EQ(steps.back().outcome, StepOutcome::running);

  must(product_.tests().cancel(run));
  simulator_.clear_faults();
  std::int64_t number = 0;
  const Deadline deadline = Deadline::after(std::chrono::seconds(20));
  while (!work::ended(must(product_.runs().changes_after(run, 0)).run.state) && !deadline.expired()) {
    number = must(product_.runs().wait_for_change(run, number, deadline)).seq;
  }
  const auto ended = must(product_.runs().changes_after(run, 0));
  EXPECT_EQ(ended.run.state, work::RunState::cancelled);
  EXPECT_EQ(ended.steps.back().name, "deep_delete_folder");
  EXPECT_EQ(ended.steps.back().outcome, StepOutcome::ok) << ended.steps.back().evidence;
  EXPECT_EQ(contents(), untouched_);
}

TEST_F(DeepTest, removes_what_it_made_after_every_failure_and_names_it) {
  struct Case {
    const char* operation;
    const char* step;
  };
  for (const auto& [operation, step] :
       {Case{"CreateFolder", "deep_create_folder"}, Case{"CreateItem", "deep_create_item"},
        Case{"MoveItem", "deep_move_item"}, Case{"DeleteItem", "deep_delete_item"}}) {
    simulator_.clear_faults();
    simulator_.set_fault("operation_refused", std::string(R"({"values":[")") + operation + R"("]})");
    const TestOutcome outcome = test();
    EXPECT_EQ(outcome.verdict, "write_refused") << operation << outcome.text();
    EXPECT_EQ(outcome.result.at("state"), "failing");
    EXPECT_EQ(outcome_of(outcome, step), StepOutcome::failed) << outcome.text();
    EXPECT_EQ(evidence_of(outcome, step).at("response_code"), "ErrorAccessDenied");
    EXPECT_EQ(outcome_of(outcome, "deep_delete_folder"), StepOutcome::ok) << outcome.text();
    bool after = false;
    for (const char* one : kSteps) {
      if (after && one != std::string_view("deep_delete_folder")) {
        EXPECT_EQ(outcome_of(outcome, one), StepOutcome::skipped) << operation << " " << one;
      }
      after = after || one == std::string_view(step);
    }
    EXPECT_EQ(contents(), untouched_) << operation;
  }
}

/// The answer is lost, so nobody knows whether it was done: it was.
TEST_F(DeepTest, removes_what_it_made_though_the_answer_was_lost) {
  for (const char* operation : {"CreateFolder", "CreateItem", "MoveItem", "DeleteItem", "DeleteFolder"}) {
    simulator_.clear_faults();
    simulator_.set_fault("reset_answer", std::string(R"({"limit":1,"values":[")") + operation + R"("]})");
    const TestOutcome outcome = test();
    EXPECT_EQ(outcome.verdict, "connection_reset") << operation << outcome.text();
    EXPECT_EQ(contents(), untouched_) << operation;
  }
}

TEST_F(DeepTest, says_that_a_mailbox_is_full) {
  simulator_.set_fault("mailbox_full");
  const TestOutcome outcome = test();
  EXPECT_EQ(outcome.verdict, "mailbox_full") << outcome.text();
  EXPECT_EQ(outcome.result.at("state"), "degraded");
  EXPECT_EQ(contents(), untouched_);
}

TEST_F(DeepTest, says_what_it_could_not_remove_and_the_next_one_removes_it) {
  simulator_.set_fault("operation_refused", R"({"values":["DeleteFolder"]})");
  const TestOutcome outcome = test();
  EXPECT_EQ(outcome.verdict, "leftovers_remain") << outcome.text();
  EXPECT_EQ(outcome_of(outcome, "deep_delete_folder"), StepOutcome::failed);
  EXPECT_NE(contents(), untouched_);
  const TestOutcome again = test();
  EXPECT_EQ(again.verdict, "leftovers_remain") << again.text();
  EXPECT_EQ(evidence_of(again, "deep_create_folder").at("leftovers_left"), 2);
  simulator_.clear_faults();
  const TestOutcome after = test();
  EXPECT_EQ(after.verdict, "none") << after.text();
  EXPECT_EQ(evidence_of(after, "deep_create_folder").at("leftovers_removed"), 4);
  EXPECT_EQ(contents(), untouched_);
}

TEST_F(DeepTest, touches_only_what_is_surely_a_leftover) {
  const auto run_now = must(product_.runs().create(
      {.kind = "connection_test", .subject = "form:other", .actor = audit::Actor::system("test"), .request_id = "r"}));
  const std::string young = work::RunId::make().text();
  const auto old_time = work::RunId::from_value(work::RunId::make().value() - (std::int64_t{11 * 60 * 1000} << 22));
  leave_behind(run_now.text(), 1);                                        // of a test that still runs
  leave_behind(young, 1);                                                 // of another Mailward, which may still run
  leave_behind(work::RunId::from_value(old_time.value() - 1).text(), 2);  // holds more than we ever put there
  leave_behind(work::RunId::from_value(old_time.value() - 2).text(), 0, false);  // is not hidden
  leave_behind("of the whole company", 0);                                       // is somebody's
  const std::string kept = contents();
  leave_behind(old_time.text(), 1);  // and this is one
  const TestOutcome outcome = test();
  EXPECT_EQ(outcome.verdict, "none") << outcome.text();
  EXPECT_EQ(evidence_of(outcome, "deep_create_folder").at("leftovers_removed"), 1) << outcome.text();
  EXPECT_EQ(contents(), kept);
  // The first one's test is over now.
  must(product_.runs().finish(run_now, work::RunState::cancelled));
  EXPECT_EQ(evidence_of(test(), "deep_create_folder").at("leftovers_removed"), 1);
}

/// Nothing is done that was not written down before.
TEST_F(DeepTest, does_nothing_where_its_step_cannot_be_written_down) {
  must(product_.database().transaction([&](db::Transaction& tx) {
    return tx.execute_script(
        "CREATE TRIGGER broken BEFORE INSERT ON run_step WHEN NEW.name = 'deep_create_folder' "
        "BEGIN SELECT RAISE(ABORT, 'broken'); END");
  }));
  const auto before = simulator_.request_count();
  const TestOutcome outcome = test();
  EXPECT_EQ(outcome.verdict, "internal_error") << outcome.text();
  EXPECT_TRUE(writes_since(before).empty());
}

TEST_F(DeepTest, wants_a_mailbox_check) {
  TestRequest without = request();
  without.form->mailbox_check.clear();
  const auto before = simulator_.request_count();
  const TestOutcome outcome = product_.test(std::move(without));
  EXPECT_EQ(outcome_of(outcome, "deep_create_folder"), StepOutcome::skipped) << outcome.text();
  EXPECT_TRUE(writes_since(before).empty());
}

}  // namespace
}  // namespace mailward::connections
