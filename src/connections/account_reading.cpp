#include "connections/account_reading.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mailward::connections {

namespace {

using Json = nlohmann::json;

const std::vector<std::string>& asked() {
  static const std::vector<std::string> names{"userAccountControl",   "pwdLastSet",
                                              "adminCount",           "userWorkstations",
                                              "servicePrincipalName", "msDS-SupportedEncryptionTypes"};
  return names;
}

Json time_json(const std::optional<Timestamp>& time) {
  return time ? Json(to_micros(*time)) : Json(nullptr);
}

std::optional<Timestamp> time_of(const Json& json, const char* name) {
  const Json value = json.value(name, Json(nullptr));
  return value.is_number_integer() ? std::optional(from_micros(value.get<std::int64_t>())) : std::nullopt;
}

void take(AccountReading& reading, const directory::Account& account) {
  reading.controller = account.controller;
  reading.name = account.sam_account_name;
  reading.dn = account.dn;
  reading.flags_shown = account.flags_shown;
  reading.never_expires = account.password_never_expires;
  reading.must_change = account.must_change_password;
  reading.password_expired = account.password_expired;
  reading.no_preauthentication = account.preauthentication_not_required;
  reading.not_delegated = account.not_delegated;
  reading.trusted_for_delegation = account.trusted_for_delegation;
  reading.des_only = account.des_only;
  reading.password_not_required = account.password_not_required;
  reading.reversible_password = account.reversible_password;
  reading.password_set = account.pwd_last_set;
  reading.password_expires = account.password_expires;
  if (account.admin_count) reading.admin_count = *account.admin_count;
  reading.workstations = account.workstations;
  reading.encryption_types = account.encryption_types;
  reading.service_names = account.service_principal_names;
}

/// Where the directory itself says nothing.
std::string how_to_mend(const Error& error, const DirectoryRecord& record) {
  if (error.is(directory::DirectoryError::not_found)) {
    return "Look whether the account is still there, and whether the reader may see it: Get-ADUser -LDAPFilter "
           "'(sAMAccountName=<account>)'";
  }
  return "See to the directory's reader, then type its password again: mailward directory edit " + record.id.text() +
         " --ask-password";
}

}  // namespace

bool AccountReading::hides(std::string_view attribute) const {
  return std::ranges::find(hidden, attribute) != hidden.end();
}

std::string json_of(const AccountReading& reading) {
  Json json{{"at", to_micros(reading.at)},
            {"controller", reading.controller},
            {"reader", reading.reader},
            {"why_not", reading.why_not},
            {"remedy", reading.remedy},
            {"name", reading.name},
            {"dn", reading.dn},
            {"flags_shown", reading.flags_shown},
            {"never_expires", reading.never_expires},
            {"must_change", reading.must_change},
            {"password_expired", reading.password_expired},
            {"no_preauthentication", reading.no_preauthentication},
            {"not_delegated", reading.not_delegated},
            {"trusted_for_delegation", reading.trusted_for_delegation},
            {"des_only", reading.des_only},
            {"password_not_required", reading.password_not_required},
            {"reversible_password", reading.reversible_password},
            {"password_set", time_json(reading.password_set)},
            {"password_expires", time_json(reading.password_expires)},
            {"admin_count", reading.admin_count ? Json(*reading.admin_count) : Json(nullptr)},
            {"workstations", reading.workstations},
            {"encryption_types", reading.encryption_types},
            {"service_names", reading.service_names},
            {"hidden", reading.hidden},
            {"privileged_groups", reading.privileged_groups ? Json(*reading.privileged_groups) : Json(nullptr)},
            {"setters", nullptr},
            {"setters_why_not", reading.setters_why_not},
            {"setters_remedy", reading.setters_remedy}};
  if (reading.setters) {
    Json& list = json["setters"] = Json::array();
    for (const auto& one : *reading.setters) {
      list.push_back({{"sid", one.sid}, {"name", one.name}, {"reason", one.reason}});
    }
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<AccountReading> account_reading_of(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(BaseError::malformed, "what was read of an account is not legible any more");
  AccountReading reading;
  try {
    reading.at = from_micros(json.at("at").get<std::int64_t>());
    json.at("controller").get_to(reading.controller);
    json.at("reader").get_to(reading.reader);
    json.at("why_not").get_to(reading.why_not);
    json.at("remedy").get_to(reading.remedy);
    json.at("name").get_to(reading.name);
    json.at("dn").get_to(reading.dn);
    json.at("flags_shown").get_to(reading.flags_shown);
    json.at("never_expires").get_to(reading.never_expires);
    json.at("must_change").get_to(reading.must_change);
    json.at("password_expired").get_to(reading.password_expired);
    json.at("no_preauthentication").get_to(reading.no_preauthentication);
    json.at("not_delegated").get_to(reading.not_delegated);
    json.at("trusted_for_delegation").get_to(reading.trusted_for_delegation);
    json.at("des_only").get_to(reading.des_only);
    json.at("password_not_required").get_to(reading.password_not_required);
    json.at("reversible_password").get_to(reading.reversible_password);
    reading.password_set = time_of(json, "password_set");
    reading.password_expires = time_of(json, "password_expires");
    if (!json.at("admin_count").is_null()) reading.admin_count = json.at("admin_count").get<std::int64_t>();
    json.at("workstations").get_to(reading.workstations);
    json.at("encryption_types").get_to(reading.encryption_types);
    json.at("service_names").get_to(reading.service_names);
    json.at("hidden").get_to(reading.hidden);
    if (!json.at("privileged_groups").is_null()) {
      reading.privileged_groups = json.at("privileged_groups").get<std::vector<std::string>>();
    }
    if (!json.at("setters").is_null()) {
      auto& setters = reading.setters.emplace();
      for (const Json& one : json.at("setters")) {
        setters.push_back(
            {one.at("sid").get<std::string>(), one.at("name").get<std::string>(), one.at("reason").get<std::string>()});
      }
    }
    json.at("setters_why_not").get_to(reading.setters_why_not);
    json.at("setters_remedy").get_to(reading.setters_remedy);
  } catch (const Json::exception&) {
    return fail(BaseError::malformed, "what was read of an account was kept by another version");
  }
  return reading;
}

Result<AccountReading> read_account(const MeasureParts& parts, const ServiceAccount& account, Deadline deadline,
                                    const std::stop_token& stop) {
  AccountReading reading;
  reading.at = parts.clock.now();
  const auto unseen = [&](std::string why, std::string remedy) {
    reading.why_not = std::move(why);
    reading.remedy = std::move(remedy);
    return reading;
  };
  if (!account.directory) {
    return unseen(
        "The account lives in no directory that Mailward knows.",
        "mailward directory add NAME --controller HOST --reader ACCOUNT --ask-password; then mailward account "
        "edit " +
            account.id.text() + " --directory NAME");
  }
  MW_TRY(const DirectoryRecord record, parts.ledger.directory(*account.directory));
  reading.reader = record.form.reader;
  MW_TRY(const OpenedReader opened, parts.readers.open(record));
  if (!opened.directory) {
    return unseen(opened.why_not.empty() ? "The directory " + record.form.name + " has no reader." : opened.why_not,
                  opened.remedy.empty() ? "mailward directory edit " + record.id.text() +
                                              " --reader ACCOUNT --ask-password (docs/active-directory.md)"
                                        : opened.remedy);
  }
  const directory::Directory& directory = *opened.directory;
  const auto found = directory.find_account(account.normalised, deadline, stop);
  if (!found) {
    const std::string& remedy = found.error().remedy();
    return unseen(found.error().message(), !remedy.empty() ? remedy : how_to_mend(found.error(), record));
  }
  take(reading, *found);
  const auto sight = directory.sight_of(*found, asked(), deadline, stop);
  if (!sight) return unseen(sight.error().message(), sight.error().remedy());
  reading.hidden = sight->hidden;
  if (sight->privileged_groups) {
    auto& groups = reading.privileged_groups.emplace();
    for (const auto& one : *sight->privileged_groups) groups.push_back(one.name);
  }
  const auto setters = directory.password_setters(*found, deadline, stop);
  if (setters) {
    auto& list = reading.setters.emplace();
    for (const auto& one : *setters) list.push_back({one.sid, one.name, one.reason});
  } else {
    reading.setters_why_not = setters.error().message();
    reading.setters_remedy = setters.error().remedy();
  }
  return reading;
}

}  // namespace mailward::connections
