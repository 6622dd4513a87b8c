#include "renewal/inventory.h"

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "db/stored_setting.h"

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

/// A service account, as its ledger knows it: whose password it is, and who can set it. `sets`: one whose password it
/// sets, or null.
void describe_account(HeldSecret& held, const connections::ServiceAccount& account,
                      const connections::ServiceAccount* sets) {
  if (sets != nullptr) held.kind = &info_of_reset_account();
  const connections::CredentialVersion* version = account.active() != nullptr ? account.active() : account.pending();
  if (version != nullptr) {
    held.version = version->number;
    held.record.created = version->pwd_last_set.value_or(version->created);
    held.record.set_by = version->created_by;
  }
  const bool can_be_set = account.enabled && account.directory && account.reset_account && account.active() != nullptr;
  held.way = can_be_set ? Way::by_itself : Way::by_person;
  held.how = held.kind->how;
  held.command = filled(held.kind->command, account.id.text());
  if (can_be_set) return;
  held.command = "mailward account password " + account.id.text();
  if (sets != nullptr) {
    // It has no connection of its own: it is typed where it is named.
    held.command =
        "mailward account reset-account " + sets->id.text() + " --name '" + account.name + "' --ask-password";
    held.page = filled(held.kind->page, sets->id.text());
  }
  held.how = "Set a new password in Active Directory, then type it here";
  held.how += account.enabled ? "; no reset account is named that could set it." : "; the account is disabled here.";
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

HousePolicy read_policy(const std::optional<std::string>& ages, const std::optional<std::string>& approval) {
  HousePolicy policy;
  policy.approval = approval == "1";
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
  return {{"approval", policy.approval}, {"greatest_ages", ages}};
}

Status check(const HousePolicy& policy) {
  for (const auto& [kind, age] : policy.greatest_ages) {
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
  return database_.read([](db::Session& session) -> Result<HousePolicy> {
    MW_TRY(const auto ages, db::stored_setting(session, kAges));
    MW_TRY(const auto approval, db::stored_setting(session, kApproval));
    return read_policy(ages, approval);
  });
}

Status Inventory::change_policy(const HousePolicy& policy, const audit::By& by) const {
  MW_CHECK(check(policy));
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto ages, db::stored_setting(tx, kAges));
    MW_TRY(const auto approval, db::stored_setting(tx, kApproval));
    const nlohmann::json before = json_of(read_policy(ages, approval));
    const nlohmann::json after = json_of(policy);
    if (before == after) return {};
    MW_CHECK(db::store_setting(tx, kAges, after.at("greatest_ages").dump()));
    MW_CHECK(db::store_setting(tx, kApproval, policy.approval ? "1" : "0"));
    MW_CHECK(trail_.append(tx, {.by = by,
                                .action = "secrets.policy",
                                .object_kind = "setting",
                                .object_id = "secrets",
                                .details = nlohmann::json{{"before", before}, {"after", after}}.dump()}));
    return {};
  });
}

Result<std::vector<HeldSecret>> Inventory::list() const {
  MW_TRY(const auto house, policy());
  MW_TRY(auto records, database_.read([](db::Session& session) { return secrets::list_secrets(session); }));
  MW_TRY(const auto accounts, ledger_.accounts());
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
      describe_account(held, *account, sets == accounts.end() ? nullptr : &*sets);
    }
    if (held.record.kind == "tls_key") describe_certificate(held);
    set_due(held, house);
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
