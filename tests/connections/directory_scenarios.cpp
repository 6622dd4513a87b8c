#include <fmt/format.h>

#include "tests/connections/confusion_matrix.h"

namespace mailward::testing {
namespace {

using connections::Authentication;
using connections::ConnectionForm;

constexpr Authentication kNegotiate{.negotiate = true, .ntlm = false, .basic = false};
constexpr Authentication kNtlm{.negotiate = false, .ntlm = true, .basic = false};

ConnectionForm with(ConnectionForm form, const Authentication& authentication) {
  form.authentication = authentication;
  return form;
}

/// The account in another state than a usable one, seen by a reader and by the KDC alone.
void add_account_states(std::vector<Scenario>& all) {
  struct State {
    const char* name;
    const char* verdict;
    std::function<void(SambaDc&)> arrange;
  };
  const auto name = std::string(Organisation::kAccount);
  const std::string password(Organisation::kPassword);
  const State states[] = {
      {"account disabled", "account_disabled",
       [=](SambaDc& dc) { dc.create_user(name, password, {.disabled = true}); }},
      {"account expired", "account_expired",
       [=](SambaDc& dc) { dc.create_user(name, password, {.account_expired = true}); }},
      {"account locked", "account_locked", [=](SambaDc& dc) { dc.create_user(name, password, {.locked = true}); }},
      {"must change password", "must_change_password",
       [=](SambaDc& dc) { dc.create_user(name, password, {.must_change = true}); }},
      {"password expired", "password_expired",
       [=](SambaDc& dc) { dc.age_password(name, std::chrono::hours(24 * 60)); }},
      {"account unknown", "account_unknown", [=](SambaDc& dc) { dc.delete_user(name); }},
  };
  for (const State& state : states) {
    for (const bool reader : {true, false}) {
      all.push_back({state.name, reader ? "with a directory reader" : "the KDC alone", state.verdict, "",
                     [arrange = state.arrange, reader] {
                       Organisation organisation({.reader = reader});
                       arrange(organisation.controller());
                       return organisation.test();
                     }});
    }
  }
}

void add_passwords(std::vector<Scenario>& all) {
  all.push_back(
      {"wrong password", "the KDC is asked", "bad_password", "", [] { return Organisation().test("Never-Had-M-1!"); }});
  all.push_back({"wrong password", "a directory reader, no KDC", "bad_password", "",
                 [] { return Organisation({.realm = false}).test("Never-Had-M-2!"); }});
  all.push_back({"wrong password", "two tries before the lock-out", "lockout_near", "", [] {
                   Organisation organisation({.lockout_threshold = 3});
                   organisation.test("Never-Had-M-3!");
                   return organisation.test("Never-Had-M-4!");
                 }});
  all.push_back({"the password before the last", "a directory reader, no KDC", "bad_password",
                 "Active Directory does not count the last two passwords: neither the count nor its time tells.", [] {
                   Organisation organisation({.realm = false});
                   organisation.controller().set_password(Organisation::kAccount, "Newer-Passw0rd-1!");
                   organisation.controller().set_password(Organisation::kAccount, "Newer-Passw0rd-2!");
                   return organisation.test();
                 }});
  all.push_back({"interrupted try", "no directory could be asked", "try_interrupted", "", [] {
                   Organisation organisation({.directory = false});
                   must(organisation.product().refusals().begin_try(
                       "example\\svc-mailward", SecretString(Organisation::kPassword), std::nullopt));
                   return organisation.test();
                 }});
}

void add_right_password_refused(std::vector<Scenario>& all) {
  for (const char* fault : {"unauthorized_under_load", "legacy_auth_blocked"}) {
    all.push_back({fault, "the KDC takes the password", "refused_right_password", "", [fault] {
                     Organisation organisation;
                     organisation.exchange().set_fault(fault);
                     return organisation.test(with(organisation.form(), kNtlm));
                   }});
    all.push_back(
        {fault, "a directory reader, no KDC", "refused_right_password",
         "Not counted by any controller: the right password or one of the last two before it, which the directory "
         "cannot tell apart without a KDC.",
         [fault] {
           Organisation organisation({.realm = false});
           organisation.exchange().set_fault(fault);
           return organisation.test(with(organisation.form(), kNtlm));
         }});
  }
  for (const auto& [scheme, authentication] : {std::pair("Negotiate", kNegotiate), std::pair("NTLM", kNtlm)}) {
    all.push_back({"reencrypting_balancer", std::string(scheme) + ", Extended Protection allowed",
                   "extended_protection", "", [authentication] {
                     Organisation organisation;
                     organisation.exchange().change_directory(R"({"extended_protection":"allow"})");
                     organisation.exchange().set_fault("reencrypting_balancer");
                     return organisation.test(with(organisation.form(), authentication));
                   }});
  }
  all.push_back(
      {"reencrypting_balancer", "Extended Protection required", "extended_protection",
       "Required, it refuses a sign-in without a binding as it refuses one with a wrong binding: the group names it.",
       [] {
         Organisation organisation;
         organisation.exchange().set_fault("reencrypting_balancer");
         return organisation.test();
       }});
}

void add_inspection(std::vector<Scenario>& all) {
  const auto inspected = [](std::string fault, std::string setting, std::string protection, std::string verdict,
                            std::string explanation, const Authentication& authentication, bool directory = true) {
    const auto run = [protection, fault, authentication, directory] {
      Organisation organisation({.directory = directory});
      organisation.exchange().change_directory(fmt::format(R"({{"extended_protection":"{}"}})", protection));
      organisation.exchange().set_fault("tls_inspection", fault);
      return organisation.test(with(organisation.form(), authentication));
    };
    return Scenario{"tls_inspection", std::move(setting), std::move(verdict), std::move(explanation), run};
  };
  constexpr const char* kSameIssuer = R"({"value":"same_issuer"})";
  for (const auto& [scheme, authentication] : {std::pair("Negotiate", kNegotiate), std::pair("NTLM", kNtlm)}) {
    all.push_back(inspected("{}", fmt::format("{}, Extended Protection required", scheme), "require", "tls_intercepted",
                            "", authentication));
    all.push_back(inspected("{}", fmt::format("{}, Extended Protection allowed", scheme), "allow",
                            "extended_protection", "", authentication));
  }
  all.push_back(inspected(kSameIssuer, "a certificate of the same issuer, Extended Protection required", "require",
                          "tls_intercepted", "", {}));
  all.push_back(inspected("{}", "Extended Protection off", "none", "tls_intercepted",
                          "It breaks nothing then, and many a balancer is meant to be so: a note names it.", {}));
  all.push_back(inspected("{}", "NTLM, Extended Protection required, no directory", "require", "tls_intercepted",
                          "The password is not known to be right: it is shown to no other address, and the group "
                          "names this cause first.",
                          kNtlm, false));
}

void add_lost_answers(std::vector<Scenario>& all) {
  all.push_back({"back_end_lost", "NTLM, the KDC takes the password", "server_unavailable", "", [] {
                   Organisation organisation;
                   organisation.exchange().set_fault("back_end_lost");
                   return organisation.test(with(organisation.form(), kNtlm));
                 }});
}

void add_tickets(std::vector<Scenario>& all) {
  all.push_back({"no SPN", "Negotiate only", "no_spn", "", [] {
                   Organisation organisation;
                   organisation.controller().set(organisation.controller().dn_of("exchange-web"),
                                                 "servicePrincipalName", {});
                   return organisation.test(with(organisation.form(), kNegotiate));
                 }});
  all.push_back({"no SPN", "NTLM is allowed too", "no_spn", "", [] {
                   Organisation organisation;
                   organisation.controller().set(organisation.controller().dn_of("exchange-web"),
                                                 "servicePrincipalName", {});
                   return organisation.test();
                 }});
  all.push_back({"encryption types", "the service's account has DES only", "encryption_types", "", [] {
                   Organisation organisation;
                   organisation.controller().set(organisation.controller().dn_of("exchange-web"),
                                                 "msDS-SupportedEncryptionTypes", {"3"});
                   return organisation.test(with(organisation.form(), kNegotiate));
                 }});
  for (const bool reader : {true, false}) {
    all.push_back({"encryption types",
                   reader ? "the service account has DES only, with a directory reader"
                          : "the service account has DES only, the KDC alone",
                   "account_encryption_types", "", [reader] {
                     Organisation organisation({.reader = reader});
                     constexpr std::uint32_t kDesOnly = 0x200000;  // of userAccountControl
                     organisation.controller().create_user(Organisation::kAccount, Organisation::kPassword,
                                                           {.extra_user_account_control = kDesOnly});
                     return organisation.test(with(organisation.form(), kNegotiate));
                   }});
  }
  all.push_back({"foreign domain", "OTHER\\name, and no directory reader", "foreign_domain", "", [] {
                   Organisation organisation({.reader = false});
                   ConnectionForm form = with(organisation.form(), kNegotiate);
                   form.master_mailbox = "OTHER\\svc-mailward";
                   return organisation.test(form);
                 }});
  all.push_back(
      {"wrong clock for Kerberos", "the controller's is an hour ahead, Negotiate only", "kerberos_clock", "", [] {
         static SambaDc ahead{{.clock_offset = std::chrono::hours(1)}};
         Organisation organisation({.controller = &ahead, .reader = false});
         return organisation.test(with(organisation.form(), kNegotiate));
       }});
  for (const char* status : {"400", "413"}) {
    all.push_back({"token_too_large", fmt::format("HTTP {}, Negotiate only", status), "token_too_large", "", [status] {
                     Organisation organisation;
                     organisation.exchange().set_fault("token_too_large",
                                                       fmt::format(R"({{"bytes":600,"status":{}}})", status));
                     return organisation.test(with(organisation.form(), kNegotiate));
                   }});
  }
  all.push_back({"token_too_large", "NTLM is allowed too", "token_too_large", "", [] {
                   Organisation organisation;
                   organisation.exchange().set_fault("token_too_large", R"({"bytes":600})");
                   return organisation.test();
                 }});
  all.push_back({"body_too_large", "signing in by Kerberos", "request_too_large", "", [] {
                   Organisation organisation;
                   organisation.exchange().set_fault("body_too_large");
                   return organisation.test(with(organisation.form(), kNegotiate));
                 }});
  all.push_back({"the servers have another key", "the SPN's account got a new password", "kerberos_refused", "", [] {
                   Organisation organisation;
                   organisation.controller().set_password("exchange-web", "Rolled-Over-1!");
                   organisation.controller().set_password("exchange-web", "Rolled-Over-2!");
                   return organisation.test();
                 }});
}

void add_falls(std::vector<Scenario>& all) {
  all.push_back({"negotiate_ntlm_only", "NTLM is allowed too", "fell_to_ntlm", "", [] {
                   Organisation organisation;
                   organisation.exchange().set_fault("negotiate_ntlm_only");
                   return organisation.test();
                 }});
  all.push_back({"negotiate_ntlm_only", "Negotiate only", "scheme_not_allowed", "", [] {
                   Organisation organisation;
                   organisation.exchange().set_fault("negotiate_ntlm_only");
                   return organisation.test(with(organisation.form(), kNegotiate));
                 }});
  all.push_back({"no KDC answers", "NTLM is allowed too", "fell_to_ntlm", "", [] {
                   static SambaDc silent{{.kdc = false}};
                   return Organisation({.controller = &silent}).test();
                 }});
  all.push_back({"schemes offered", "NTLM only, where a realm is known", "fell_to_ntlm",
                 "The server says openly that it does not offer Negotiate: a note names it.", [] {
                   Organisation organisation;
                   organisation.exchange().change_directory(R"({"schemes":["NTLM"]})");
                   return organisation.test();
                 }});
}

void add_recipients(std::vector<Scenario>& all) {
  const auto check = [](Organisation& organisation, const char* address) {
    ConnectionForm form = organisation.form();
    form.mailbox_check = address;
    return organisation.test(form);
  };
  all.push_back({"unknown mailbox check address", "with a directory reader", "mailbox_unknown", "", [check] {
                   Organisation organisation;
                   return check(organisation, "nobody@example.test");
                 }});
  all.push_back({"mailbox moved to Exchange Online", "with a directory reader", "mailbox_moved", "", [check] {
                   Organisation organisation;
                   organisation.controller().create_user(
                       "moved", "Moved-Passw0rd-1!",
                       {.mail = "moved@example.test",
                        .attributes = {{"msExchRecipientTypeDetails", {"2147483648"}},
                                       {"targetAddress", {"SMTP:moved@example.mail.onmicrosoft.com"}}}});
                   return check(organisation, "moved@example.test");
                 }});
}

}  // namespace

std::vector<Scenario> directory_scenarios() {
  std::vector<Scenario> all;
  add_passwords(all);
  add_account_states(all);
  add_right_password_refused(all);
  add_inspection(all);
  add_lost_answers(all);
  add_tickets(all);
  add_falls(all);
  add_recipients(all);
  return all;
}

}  // namespace mailward::testing
