#include "renewal/inventory.h"

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/shell.h"
#include "connections/rotation_plan.h"
#include "connections/rotation_schedule.h"
#include "db/stored_setting.h"
#include "renewal/renewal_notices.h"

namespace mailward::renewal {

namespace {

constexpr std::string_view kAges = "inventory.greatest_ages";
constexpr std::string_view kApproval = "renewal.approval";
constexpr std::chrono::days kLongestAge{3650};

std::string filled(std::string_view text, const std::string& id) {
  std::string filled(text);
  if (const auto at = filled.find("{id}"); at != std::string::npos) filled.replace(at, 4, id);
  return filled;
}

/// The books as they are at one moment.
struct Books {
  std::vector<connections::ServiceAccount> accounts;
  std::vector<connections::ServerConnection> connections;
  std::vector<connections::DirectoryRecord> directories;
};

/// What the account does with its password: it signs in to Exchange, or sets others' passwords in a directory, or both.
std::string opened_by(const connections::ServiceAccount& account, const Books& books) {
  const bool sets =
      std::ranges::any_of(books.accounts, [&](const auto& one) { return one.reset_account == account.id; });
  const bool signs_in = account.twin || std::ranges::any_of(books.connections,
                                                            [&](const auto& one) { return one.account == account.id; });
  if (!sets) return "EWS as " + account.name;
  std::string where = "directory";
  if (account.directory) {
    const auto found = std::ranges::find(books.directories, *account.directory, &connections::DirectoryRecord::id);
    if (found != books.directories.end()) where += " " + found->form.name;
  }
  return (signs_in ? "EWS and " : "") + where + " as " + account.name;
}

/// A service account, as its ledger knows it: whose password it is, and what stands against renewing it by itself.
struct KnownAccount {
  const connections::ServiceAccount& account;
  const connections::ServiceAccount* sets = nullptr;  ///< one whose password it sets
  connections::RotationPlan plan;
  std::string obstacle;  ///< empty: it can be renewed by itself
};

/// How each way of rotating renews it.
std::string how_of(connections::RotationMode mode, const KindInfo& kind) {
  using enum connections::RotationMode;
  switch (mode) {
    case self_change:
      return "The account changes its own password to one that is made here.";
    case twin:
      return "Its twin is renewed and takes its place; the second time it is this one's turn.";
    case external:
      return "Let the vault that hands it over set another: it is noticed and fetched by itself.";
    case delegated_reset:
    case manual:
      break;
  }
  return std::string(kind.how);
}

void describe_account(HeldSecret& held, const KnownAccount& known) {
  const connections::ServiceAccount& account = known.account;
  if (known.sets != nullptr) held.kind = &info_of_reset_account();
  const connections::CredentialVersion* version = account.active() != nullptr ? account.active() : account.pending();
  if (version != nullptr) {
    held.version = version->number;
    held.origin = version->origin;
    held.record.created = version->pwd_last_set.value_or(version->created);
    held.record.set_by = version->created_by;
  }
  // Another vault renews it; a rotation would only fetch what is in force.
  const bool is_external = known.plan.mode == connections::RotationMode::external;
  const bool can_be_set = known.obstacle.empty() && account.active() != nullptr && !is_external;
  held.way = can_be_set ? Way::by_itself : Way::by_person;
  held.how = how_of(known.plan.mode, *held.kind);
  held.command = filled(held.kind->command, account.id.text());
  if (can_be_set || is_external) return;
  held.command = "mailward account password " + account.id.text();
  if (known.sets != nullptr) {
    // It has no connection of its own: it is typed where it is named.
    held.command = "mailward account reset-account " + known.sets->id.text() + " --name " + shell_word(account.name) +
                   " --ask-password";
    held.page = filled(held.kind->page, known.sets->id.text());
  }
  held.how = "Set a new password in Active Directory, then type it here; by itself: " + known.obstacle + ".";
}

/// Its interval, where its plan has one; and Active Directory's expiry, where that comes sooner.
void set_due_of_account(HeldSecret& held, const KnownAccount& known) {
  if (known.plan.every_days > 0) {
    held.due = held.record.created + std::chrono::days(known.plan.every_days);
    held.due_by = "its schedule, every " + std::to_string(known.plan.every_days) + " days";
  }
  const auto& expires = known.account.password_expires;
  if (!expires || (held.due && *held.due <= *expires)) return;
  held.due = *expires;
  held.due_by = "Active Directory, which lets it expire then";
}

void describe_certificate(HeldSecret& held) {
  if (held.record.id == kSelfSigned) return;
  held.way = Way::by_person;
  held.how = "Have a certificate issued for a new key, and put both files in place: they are taken up within seconds.";
  held.command.clear();
  held.page.clear();
}

void set_due(HeldSecret& held, const HousePolicy& policy) {
  if (held.record.renew_by) {
    held.due = held.record.renew_by;
    held.due_by = "its own expiry";
    return;
  }
  const auto said = policy.greatest_ages.find(held.record.kind);
  const auto age = said == policy.greatest_ages.end() ? held.kind->greatest_age : said->second;
  if (held.way == Way::stays || age.count() == 0) return;
  held.due = held.record.created + age;
  held.due_by = "the greatest age of its kind, " + std::to_string(age.count()) + " days";
}

/// The setting is "1", "0", or until when it is demanded still.
Result<HousePolicy> read_policy(db::Session& session, Timestamp now) {
  MW_TRY(const auto ages, db::stored_setting(session, kAges));
  MW_TRY(const auto approval, db::stored_setting(session, kApproval));
  HousePolicy policy;
  policy.approval = approval == "1";
  if (const auto until = parse_timestamp(approval.value_or("")); until && now < *until) {
    policy.approval = true;
    policy.approval_until = *until;
  }
  const auto json = nlohmann::json::parse(ages.value_or("{}"), nullptr, false);
  if (!json.is_object()) return policy;
  for (const auto& [kind, age] : json.items()) {
    if (age.is_number_unsigned()) policy.greatest_ages[kind] = std::chrono::days(age.get<std::uint32_t>());
  }
  return policy;
}

nlohmann::json json_of(const HousePolicy& policy) {
  nlohmann::json ages = nlohmann::json::object();
  for (const auto& [kind, age] : policy.greatest_ages) ages[kind] = age.count();
  const auto& until = policy.approval_until;
  return {{"approval", policy.approval},
          {"approval_until", until ? nlohmann::json(format_timestamp(*until)) : nlohmann::json()},
          {"greatest_ages", ages}};
}

Status check(const PolicyChange& change) {
  for (const auto& [kind, age] : change.greatest_ages) {
    const KindInfo& info = info_of_kind(kind);
    if (info.kind != kind || info.way == Way::stays) {
      return fail(RenewalError::invalid_form, "no greatest age can be set for '" + printable(kind, 40) + "'");
    }
    if (age.count() < 0 || age > kLongestAge) {
      return fail(RenewalError::invalid_form, "the greatest age of " + kind + " must be 0 (none) to 3650 days");
    }
  }
  return {};
}

}  // namespace

Result<HousePolicy> Inventory::policy() const {
  return database_.read([&](db::Session& session) { return read_policy(session, clock_.now()); });
}

Result<HousePolicy> Inventory::change_policy(const PolicyChange& change, const audit::By& by) const {
  MW_CHECK(check(change));
  return database_.transaction([&](db::Transaction& tx) -> Result<HousePolicy> {
    const Timestamp now = clock_.now();
    MW_TRY(const HousePolicy before, read_policy(tx, now));
    HousePolicy after = before;
    for (const auto& [kind, age] : change.greatest_ages) after.greatest_ages[kind] = age;
    if (change.approval == true) {
      after.approval = true;
      after.approval_until.reset();
    } else if (change.approval == false && before.approval && !before.approval_until) {
      after.approval_until = now + kApprovalOutlasts;
      MW_CHECK(notices::approval_ends(tx, *after.approval_until, now));
    }
    const nlohmann::json was = json_of(before);
    const nlohmann::json is = json_of(after);
    if (was == is) return after;
    MW_CHECK(db::store_setting(tx, kAges, is.at("greatest_ages").dump()));
    MW_CHECK(db::store_setting(
        tx, kApproval,
        after.approval_until ? format_timestamp_exactly(*after.approval_until) : (after.approval ? "1" : "0")));
    MW_CHECK(trail_.append(tx, {.by = by,
                                .action = "secrets.policy",
                                .object_kind = "setting",
                                .object_id = "secrets",
                                .details = nlohmann::json{{"before", was}, {"after", is}}.dump()}));
    return after;
  });
}

Result<std::vector<HeldSecret>> Inventory::list() const {
  MW_TRY(const auto house, policy());
  MW_TRY(auto records, database_.read([](db::Session& session) { return secrets::list_secrets(session); }));
  Books books;
  MW_TRY(books.accounts, ledger_.accounts());
  MW_TRY(books.connections, ledger_.connections());
  MW_TRY(books.directories, ledger_.directories());
  const auto& accounts = books.accounts;
  std::vector<HeldSecret> all;
  all.reserve(records.size());
  for (secrets::SecretRecord& record : records) {
    HeldSecret held{.record = std::move(record)};
    held.kind = &info_of_kind(held.record.kind);
    held.way = held.kind->way;
    held.how = held.kind->how;
    held.command = filled(held.kind->command, held.record.id);
    held.page = filled(held.kind->page, held.record.id);
    const auto account = std::ranges::find(accounts, held.record.id, [](const auto& one) { return one.id.text(); });
    if (held.record.kind == "service_account" && account != accounts.end()) {
      const auto sets =
          std::ranges::find(accounts, std::optional(account->id), &connections::ServiceAccount::reset_account);
      KnownAccount known{.account = *account, .sets = sets == accounts.end() ? nullptr : &*sets, .plan = {}};
      MW_CHECK(database_.read([&](db::Session& session) -> Status {
        MW_TRY(known.plan, connections::rotation_plans::of(session, *account));
        MW_TRY(const auto obstacle, connections::obstacle_to(session, *account, connections::way_of(known.plan)));
        if (obstacle) known.obstacle = obstacle->message();
        return {};
      }));
      held.record.opens = opened_by(*account, books);
      describe_account(held, known);
      set_due(held, house);
      set_due_of_account(held, known);
    } else {
      if (held.record.kind == "tls_key") describe_certificate(held);
      set_due(held, house);
    }
    all.push_back(std::move(held));
  }
  std::ranges::sort(all, {}, [](const HeldSecret& one) {
    return std::tuple(one.due.value_or(Timestamp::max()), one.kind->rank, one.record.opens, one.record.id);
  });
  return all;
}

Result<std::optional<HeldSecret>> Inventory::find(std::string_view kind, std::string_view id) const {
  MW_TRY(auto all, list());
  const auto found =
      std::ranges::find_if(all, [&](const HeldSecret& one) { return one.record.kind == kind && one.record.id == id; });
  if (found == all.end()) return std::nullopt;
  return std::move(*found);
}

}  // namespace mailward::renewal
