#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "connections/measure_rules.h"
#include "connections/measure_texts.h"

namespace mailward::connections {

namespace {

using namespace measure_texts;
using work::Runs;
using work::Step;
using work::StepOutcome;

/// An IIS virtual directory, whatever the front end is called.
constexpr std::string_view kDirectories = "Get-WebServicesVirtualDirectory -ADPropertiesOnly";

void refused_mailbox(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                     const TestSteps& steps) {
  Measure& line = lines.emplace_back(kRefusedMailbox, subject);
  if (connection.form.refused_mailbox.empty()) {
    line.seen_how = "Mailward's own books";
    line.puzzle("No mailbox outside the scope is named, so nothing shows that there is a scope.",
                "Name one that must be refused: mailward connection edit " + connection.id.text() +
                    " --refused-mailbox ADDRESS; then test the connection");
    return;
  }
  if (!begin_steps(line, steps.scope, connection)) return;
  const Step& step = steps.scope->steps.back();
  line.fact("refused mailbox", connection.form.refused_mailbox);
  if (evidence_text(step, "refused_mailbox") != connection.form.refused_mailbox) {
    line.puzzle("The last test asked about another mailbox, or none.",
                "mailward connection test " + connection.id.text());
  } else if (step.outcome == StepOutcome::ok) {
    line.say(MeasureOutcome::ok, "Exchange refuses it.");
  } else if (step.outcome == StepOutcome::warning) {
    line.find("opens", "Exchange opens the mailbox that it should refuse.").remedy = step.remedy;
  } else {
    line.fact("answer", evidence_text(step, "error"));
    line.puzzle("Exchange refused it for another reason, which proves nothing of the scope.", step.remedy);
  }
}

void mailbox_check(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                   const TestSteps& steps) {
  Measure& line = lines.emplace_back(kMailboxCheck, subject);
  if (connection.form.mailbox_check.empty()) {
    line.seen_how = "Mailward's own books";
    line.find("none", "No mailbox check is given, so impersonation is never tested.").remedy =
        "mailward connection edit " + connection.id.text() + " --mailbox-check ADDRESS";
    return;
  }
  if (!begin_steps(line, steps.impersonation, connection)) return;
  line.fact("mailbox check", connection.form.mailbox_check);
  line.say(MeasureOutcome::ok, "It opens by impersonation, at every front end that was tested.");
  for (const Step& step : steps.impersonation->steps) {
    if (step.outcome == StepOutcome::ok) continue;
    const std::string address = evidence_text(step, "address");
    line.fact(address, evidence_text(step, "error"));
    line.find(address, "It does not open at " + address + ": " + evidence_text(step, "error") + ".").remedy =
        step.remedy;
  }
}

void scheme_used(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                 const TestSteps& steps) {
  Measure& line = lines.emplace_back(kSchemeUsed, subject);
  if (!begin_steps(line, steps.sign_in, connection)) return;
  bool any = false;
  for (const Step& step : steps.sign_in->steps) {
    const std::string scheme = evidence_text(step, "scheme");
    if (step.outcome != StepOutcome::ok || scheme.empty()) continue;
    if (!any) line.say(MeasureOutcome::ok, "It signs in by Kerberos, inside Negotiate.");
    any = true;
    line.fact(evidence_text(step, "address"), scheme == "Negotiate" ? "Kerberos (Negotiate)" : scheme);
    if (scheme == "Negotiate" || std::ranges::find(line.grounds, scheme) != line.grounds.end()) continue;
    line.find(scheme, fmt::format("It signs in by {}.", scheme));
    if (scheme == "Basic") line.urgency = MeasureUrgency::now;
  }
  if (!any) {
    line.puzzle("No sign-in has succeeded in the last test.", "mailward connection test " + connection.id.text());
    return;
  }
  if (line.outcome == MeasureOutcome::to_do) {
    line.remedy =
        "Let it use Kerberos: a directory with its realm for the account (mailward account edit --directory), "
        "the name HTTP/<host> at the servers' alternate service account (setspn -Q HTTP/<host>), and: mailward "
        "connection edit " +
        connection.id.text() + " --authentication negotiate";
  }
}

/// One of the schemes that the virtual directory offers, wherever.
void offered(std::vector<Measure>& lines, const MeasureInfo& info, const MeasureSubject& subject,
             const ServerConnection& connection, const TestSteps& steps, std::string_view scheme, std::string remedy) {
  Measure& line = lines.emplace_back(info, subject);
  if (!begin_steps(line, steps.schemes, connection)) return;
  line.say(MeasureOutcome::ok, fmt::format("{} is not offered.", scheme));
  for (const Step& step : steps.schemes->steps) {
    const std::string all = evidence_text(step, "offered");
    const std::string address = evidence_text(step, "address");
    line.fact(address, all);
    std::string_view rest = all;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(", "), rest.size());
      if (rest.substr(0, comma) == scheme) line.find(address, fmt::format("{} offers {}.", address, scheme));
      rest.remove_prefix(std::min(comma + 2, rest.size()));
    }
  }
  if (line.outcome == MeasureOutcome::to_do) line.remedy = std::move(remedy);
}

void extended_protection(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                         const TestSteps& steps) {
  Measure& line = lines.emplace_back(kExtendedProtection, subject);
  const std::string ask = std::string(kDirectories) + " | fl Server,ExtendedProtection*";
  const std::string mend =
      "On one Exchange server, with Microsoft's script: .\\ExchangeExtendedProtectionManagement.ps1 "
      "-PrerequisitesCheckOnly; then without the switch. To see how it stands: " +
      ask;
  if (steps.certificates && !steps.certificates->steps.empty() &&
      steps.certificates->steps.back().outcome == StepOutcome::note) {
    line.seen_at = steps.certificates->steps.back().started;
    line.seen_how = "from outside: connection test";
    line.fact("difference", evidence_text(steps.certificates->steps.back(), "difference"));
    line.find("opened before", "Something opens TLS before the front ends, through which no sign-in can be bound.")
        .remedy = steps.certificates->steps.back().remedy;
    return;
  }
  line.seen_how = "from outside: connection test";
  if (!steps.protection) {
    line.puzzle("Only a test that a person asks for, and that signs in by Kerberos, can find out.",
                "mailward connection test " + connection.id.text() + "; or on Exchange: " + ask);
    return;
  }
  const Step& step = steps.protection->steps.back();
  line.seen_at = step.started;
  const std::string answer = evidence_text(step, "false_binding");
  line.fact("address", evidence_text(step, "address")).fact("a ticket bound to another connection", answer);
  if (answer == "refused") {
    line.say(MeasureOutcome::ok, "A ticket that is bound to another TLS connection is refused.");
  } else if (answer == "accepted") {
    line.find("off", "A ticket that is bound to another TLS connection is taken: Extended Protection is off.").remedy =
        mend;
  } else {
    line.puzzle("The server's answer does not say.", "On Exchange: " + ask);
  }
}

void server_support(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                    const TestSteps& steps) {
  Measure& line = lines.emplace_back(kServerSupport, subject);
  if (!begin_steps(line, steps.version, connection)) return;
  const Step& step = steps.version->steps.back();
  const std::string product = evidence_text(step, "product");
  line.fact("product", product).fact("build", evidence_text(step, "version"));
  if (product == "Exchange Server Subscription Edition") {
    line.say(MeasureOutcome::ok,
             "It is the Subscription Edition. Whether its newest update is there, compare the build.");
  } else if (product == "an unknown Exchange" || product.empty()) {
    line.puzzle("The server does not say which Exchange it is.",
                "Get-ExchangeServer | ft Name,AdminDisplayVersion; Get-Command ExSetup.exe | % FileVersionInfo");
  } else {
    line.fact("end of support",
              product == "Exchange 2016" || product == "Exchange 2019" ? "2025-10-14" : "before 2025");
    line.find(product, fmt::format("It is {}, which gets no security updates any more.", product)).remedy =
        "Upgrade to Exchange Server Subscription Edition. Until then: Get-ExchangeServer | ft "
        "Name,AdminDisplayVersion, and keep these servers from the internet";
  }
}

}  // namespace

std::string evidence_text(const Step& step, const char* name) {
  const auto evidence = nlohmann::json::parse(step.evidence, nullptr, false);
  if (!evidence.is_object() || !evidence.contains(name) || !evidence.at(name).is_string()) return {};
  return evidence.at(name).get<std::string>();
}

bool begin_steps(Measure& line, const std::optional<Runs::StepsSeen>& seen, const ServerConnection& connection) {
  line.seen_how = "from outside: connection test";
  if (!seen || seen->steps.empty()) {
    line.puzzle("No test of this connection has come that far yet.",
                "mailward connection test " + connection.id.text());
    return false;
  }
  line.seen_at = seen->steps.back().started;
  return true;
}

std::vector<Measure> outside_lines(const ServerConnection& connection, const TestSteps& steps,
                                   const std::optional<TlsReading>& tls, Timestamp now) {
  const MeasureSubject subject{MeasureSubject::Kind::connection, connection.id.text(), connection.form.description};
  std::vector<Measure> lines;
  refused_mailbox(lines, subject, connection, steps);
  mailbox_check(lines, subject, connection, steps);
  scheme_used(lines, subject, connection, steps);
  offered(lines, kBasicOffered, subject, connection, steps, "Basic",
          "On each Exchange server, once nothing uses it any more: Get-WebServicesVirtualDirectory | "
          "Set-WebServicesVirtualDirectory -BasicAuthentication $false");
  offered(lines, kNtlmOffered, subject, connection, steps, "NTLM",
          "Once every client uses Kerberos: in IIS, Default Web Site, EWS, Authentication, Windows Authentication, "
          "Providers: take NTLM out, and put Negotiate:Kerberos in the place of Negotiate");
  extended_protection(lines, subject, connection, steps);
  add_tls_lines(lines, subject, connection, steps, tls, now);
  server_support(lines, subject, connection, steps);
  return lines;
}

}  // namespace mailward::connections
