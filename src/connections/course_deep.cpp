#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "connections/course.h"
#include "ews/operations/create_folder.h"
#include "ews/operations/create_item.h"
#include "ews/operations/delete_folder.h"
#include "ews/operations/delete_item.h"
#include "ews/operations/find_folder.h"
#include "ews/operations/move_item.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

/// How every folder of a deep test begins; then the run's id and a number. By it leftovers are found.
constexpr std::string_view kMark = "Mailward deep test ";
/// Clearing up has its own time: it is due also when the test was cancelled or its time is over.
constexpr std::chrono::seconds kClearingUp = 15s;
/// A folder of a run that is not in our books is another Mailward's, which may be at it: no test lasts that long.
constexpr std::chrono::minutes kAbandoned = 10min;
constexpr std::string_view kText =
    "Mailward's deep test of a server connection made this message to see that it can write here, and removes it at "
    "once. Nobody was sent anything. If it is still here, it may be deleted.";

/// The mailbox's own root, above what clients show.
ews::FolderRef root() {
  return ews::DistinguishedFolder{"root", {}};
}

/// Whose a marked folder is; none where the name is not exactly one that we give.
std::optional<work::RunId> run_of(std::string_view name) {
  if (!name.starts_with(kMark)) return std::nullopt;
  name.remove_prefix(kMark.size());
  if (!name.ends_with(" 1") && !name.ends_with(" 2")) return std::nullopt;
  const auto run = work::RunId::parse(name.substr(0, name.size() - 2));
  return run ? std::optional(*run) : std::nullopt;
}

/// Whether a folder is as we make them and holds no more than we ever put there. A hard delete cannot be taken back, so
/// a name alone is not enough.
bool is_as_made(const ews::Folder& folder) {
  return folder.hidden() && folder.total_count.value_or(2) <= 1 && folder.child_folder_count.value_or(1) == 0;
}

class DeepTest {
 public:
  DeepTest(Course& course, Target& target) : course_(course), target_(target) {}
  void run();

 private:
  template <typename Operation>
  using Answer = ews::Outcome<ews::Reply<typename Operation::Response>>;
  using Marked = ews::Outcome<std::vector<ews::FolderRef>>;
  /// What is done in a step: adds its facts, says what went wrong.
  using Act = std::optional<ews::Failure> (DeepTest::*)(Facts& facts);

  bool step(std::string_view name, Act act);
  std::optional<ews::Failure> create_folder(Facts& facts);
  std::optional<ews::Failure> create_item(Facts& facts);
  std::optional<ews::Failure> move_item(Facts& facts);
  std::optional<ews::Failure> delete_item(Facts& facts);
  void delete_folders();

  template <typename Operation>
  Answer<Operation> ask(const Operation& operation, Facts& facts);
  Marked find_marked(std::string_view beginning, Facts& facts);
  std::optional<ews::Failure> remove(std::vector<ews::FolderRef> folders, Facts& facts);
  bool is_leftover(work::RunId run) const;
  std::string name(int number) const { return fmt::format("{}{} {}", kMark, course_.steps.run().text(), number); }
  Finding finding(const ews::Failure& failure) const;

  Course& course_;
  Target& target_;
  bool clearing_up_ = false;
  std::optional<Deadline> clearing_deadline_;
  std::vector<ews::FolderRef> folders_;
  ews::ItemId item_;
};

template <typename Operation>
DeepTest::Answer<Operation> DeepTest::ask(const Operation& operation, Facts& facts) {
  ews::CallContext context;
  context.impersonate = {ews::Impersonation::Kind::smtp_address, course_.input.form.mailbox_check};
  const Deadline deadline = clearing_up_ ? *clearing_deadline_ : course_.step_deadline();
  const std::stop_token stop = clearing_up_ ? std::stop_token() : course_.stop;
  auto reply = ews::call(*target_.session, operation, context, deadline, stop);
  const ews::Evidence& evidence = reply ? reply->evidence : *reply.error().evidence;
  facts.add("client_request_id", evidence.request_id);
  if (!reply) return reply;
  if (auto failure = reply->response.first_error()) {
    return std::unexpected(ews::with_evidence(*std::move(failure), std::move(reply->evidence)));
  }
  return reply;
}

bool DeepTest::is_leftover(work::RunId run) const {
  if (run == course_.steps.run()) return true;
  const auto found = course_.parts.runs.changes_after(run, 0);
  if (found) return work::ended(found->run.state);
  return found.error().is(work::WorkError::unknown_run) && course_.parts.clock.now() - run.made() > kAbandoned;
}

/// Marked folders whose name begins so and whose test is over.
DeepTest::Marked DeepTest::find_marked(std::string_view beginning, Facts& facts) {
  ews::FindFolder operation;
  operation.shape = ews::BaseShape::id_only;
  operation.additional = {"folder:DisplayName", "folder:TotalCount", "folder:ChildFolderCount"};
  operation.extended = {ews::kAttributeHidden};
  operation.name_begins = beginning;
  operation.parents = {root()};
  auto reply = ask(operation, facts);
  if (!reply) return std::unexpected(std::move(reply).error());
  std::vector<ews::FolderRef> marked;
  for (const auto& message : reply->response.messages) {
    for (const ews::Folder& folder : message.value.found) {
      const auto run = run_of(folder.display_name.value_or(""));
      if (run && is_as_made(folder) && is_leftover(*run)) marked.emplace_back(folder.id);
    }
  }
  return marked;
}

std::optional<ews::Failure> DeepTest::remove(std::vector<ews::FolderRef> folders, Facts& facts) {
  if (folders.empty()) return std::nullopt;
  ews::DeleteFolder operation;
  operation.disposal = ews::Disposal::hard_delete;
  operation.folders = std::move(folders);
  auto reply = ask(operation, facts);
  return reply ? std::nullopt : std::optional(std::move(reply).error());
}

/// Leftovers first: they are what a killed process, or a cut connection, kept from being removed.
std::optional<ews::Failure> DeepTest::create_folder(Facts& facts) {
  auto leftovers = find_marked(kMark, facts);
  if (!leftovers) return std::move(leftovers).error();
  const auto found = static_cast<std::int64_t>(leftovers->size());
  if (auto failure = remove(*std::move(leftovers), facts)) {
    course_.note(course_.finding(FailureClass::leftovers_remain, finding(*failure).sentence));
    facts.add("leftovers_left", found);
  } else if (found > 0) {
    facts.add("leftovers_removed", found);
  }
  ews::CreateFolder operation;
  operation.parent = root();
  operation.folders = {{.display_name = name(1), .hidden = true}, {.display_name = name(2), .hidden = true}};
  auto reply = ask(operation, facts);
  if (!reply) return std::move(reply).error();
  for (const auto& message : reply->response.messages) {
    for (const ews::Folder& folder : message.value) folders_.emplace_back(folder.id);
  }
  facts.add("folder", name(1));
  if (folders_.size() == 2) return std::nullopt;
  return ews::Failure(ews::EwsError::not_soap, "Exchange did not say which folders it made");
}

std::optional<ews::Failure> DeepTest::create_item(Facts& facts) {
  ews::CreateItem operation;
  operation.folder = folders_.front();
  operation.messages = {{.subject = name(1), .text = std::string(kText)}};
  auto reply = ask(operation, facts);
  if (!reply) return std::move(reply).error();
  const auto& made = reply->response.messages.front().value;
  if (made.empty()) return ews::Failure(ews::EwsError::not_soap, "Exchange did not say which item it made");
  item_ = made.front().id;
  return std::nullopt;
}

std::optional<ews::Failure> DeepTest::move_item(Facts& facts) {
  ews::MoveItem operation;
  operation.to = folders_.back();
  operation.items = {item_};
  auto reply = ask(operation, facts);
  if (!reply) return std::move(reply).error();
  const auto& moved = reply->response.messages.front().value;
  if (moved.empty()) return ews::Failure(ews::EwsError::not_soap, "Exchange did not say where it moved the item");
  item_ = moved.front().id;
  return std::nullopt;
}

std::optional<ews::Failure> DeepTest::delete_item(Facts& facts) {
  ews::DeleteItem operation;
  operation.disposal = ews::Disposal::hard_delete;
  operation.items = {item_};
  auto reply = ask(operation, facts);
  return reply ? std::nullopt : std::optional(std::move(reply).error());
}

/// What Exchange answers to who would write; everything else as everywhere.
Finding DeepTest::finding(const ews::Failure& failure) const {
  Finding found = finding_of(course_, target_, failure);
  if (!failure.said) return found;
  switch (failure.said->code) {
    case ews::ResponseCode::ErrorQuotaExceeded:
      return course_.finding(FailureClass::mailbox_full, found.sentence);
    case ews::ResponseCode::ErrorAccessDenied:
    case ews::ResponseCode::ErrorCreateItemAccessDenied:
      return course_.finding(FailureClass::write_refused, found.sentence);
    default:
      return found;
  }
}

bool DeepTest::step(std::string_view step_name, Act act) {
  if (course_.stopped()) return false;
  course_.steps.begin(step_name);
  Facts facts;
  facts.add("address", target_.label).add("mailbox_check", course_.input.form.mailbox_check);
  // What is not written down is not done: after a kill nobody would know of it.
  if (!course_.steps.status()) {
    Finding lost = course_.finding(FailureClass::internal_error, course_.steps.status().error().message());
    course_.steps.end(work::StepOutcome::failed, facts.add("error", lost.sentence), lost.remedy);
    course_.note(std::move(lost));
    return false;
  }
  const auto failure = (this->*act)(facts);
  if (!failure) {
    course_.steps.end(work::StepOutcome::ok, facts);
    return true;
  }
  add_said(facts, *failure);
  Finding found = finding(*failure);
  course_.steps.end(work::StepOutcome::failed, facts.add("error", found.sentence), found.remedy);
  course_.note(std::move(found));
  return false;
}

/// Whatever happened before. That nothing is left is seen, not taken for granted.
void DeepTest::delete_folders() {
  course_.steps.begin("deep_delete_folder");
  clearing_up_ = true;
  clearing_deadline_ = Deadline::after(kClearingUp, course_.parts.clock);
  Facts facts;
  facts.add("address", target_.label).add("mailbox_check", course_.input.form.mailbox_check);
  const std::string ours = fmt::format("{}{} ", kMark, course_.steps.run().text());
  // Where an answer was lost or half a success, the folders are found by name.
  std::optional<ews::Failure> failure;
  auto left = folders_.size() == 2 ? Marked(folders_) : find_marked(ours, facts);
  for (int attempt = 0; attempt < 2 && left && !left->empty(); ++attempt) {
    const auto count = static_cast<std::int64_t>(left->size());
    if (auto refused = remove(*std::move(left), facts); refused && !failure) failure = std::move(refused);
    left = find_marked(ours, facts);
    if (left && left->empty()) facts.add("folders_removed", count);
  }
  const bool gone = left && left->empty();
  if (gone && !failure) {
    course_.steps.end(work::StepOutcome::ok, facts.add("left", std::int64_t{0}));
    return;
  }
  if (!failure && !left) failure = left.error();
  if (!failure)
    failure = ews::Failure(ews::EwsError::not_soap, "Exchange says that it deleted them, but they are there");
  add_said(facts, *failure);
  Finding found = finding(*failure);
  if (!gone) found = course_.finding(FailureClass::leftovers_remain, found.sentence);
  if (left) facts.add("left", static_cast<std::int64_t>(left->size()));
  course_.steps.end(work::StepOutcome::failed, facts.add("error", found.sentence), found.remedy);
  course_.note(std::move(found));
}

void DeepTest::run() {
  static constexpr std::pair<std::string_view, Act> kSteps[] = {{"deep_create_folder", &DeepTest::create_folder},
                                                                {"deep_create_item", &DeepTest::create_item},
                                                                {"deep_move_item", &DeepTest::move_item},
                                                                {"deep_delete_item", &DeepTest::delete_item}};
  bool going = true;
  for (const auto& [step_name, act] : kSteps) {
    if (!going && !course_.stopped()) course_.steps.add(step_name, work::StepOutcome::skipped, Facts());
    going = going && step(step_name, act);
  }
  delete_folders();
}

}  // namespace

void test_deep(Course& course, Target& target) {
  DeepTest(course, target).run();
}

}  // namespace mailward::connections
