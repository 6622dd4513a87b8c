#include <fmt/format.h>

#include <charconv>

#include "connections/measure_rules.h"
#include "connections/measure_texts.h"

namespace mailward::connections {

namespace {

using namespace measure_texts;
using work::Step;
using work::StepOutcome;

constexpr std::chrono::days kExpiryNear{60};
constexpr std::chrono::days kExpiryUrgent{30};
/// What a year's policy has in seconds: less is for trying it out.
constexpr std::int64_t kLongEnough = 31'536'000;
constexpr int kShortestRsa = 2048;
constexpr int kShortestEc = 256;

std::int64_t number_in(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// RFC 6797 6.1.1: the seconds of max-age, in whatever place and case; 0 where there is none.
std::int64_t max_age_of(std::string_view header) {
  std::string lower(header);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t at = lower.find("max-age");
  if (at == std::string::npos) return 0;
  const std::size_t value = lower.find_first_of("0123456789", at);
  return value == std::string::npos ? 0 : number_in(std::string_view(lower).substr(value));
}

void tls_versions(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                  const TestSteps& steps, const std::optional<TlsReading>& tls) {
  Measure& line = lines.emplace_back(kTlsVersions, subject);
  line.seen_how = "from outside: handshakes with old versions";
  if (!tls) {
    line.puzzle("The server was not asked for old versions yet.", "mailward measures refresh");
    return;
  }
  line.seen_at = tls->at;
  if (!tls->why_not.empty()) {
    line.puzzle(tls->why_not, "mailward connection test " + connection.id.text());
    return;
  }
  line.say(MeasureOutcome::ok, "TLS 1.0 and 1.1 are refused.");
  std::string unseen;
  for (const auto& one : tls->addresses) {
    std::string old;
    for (const std::string& version : one.old_versions) old += (old.empty() ? "" : ", ") + version;
    line.fact(one.address, !one.why_not.empty() ? one.why_not
                           : old.empty()        ? "refuses TLS 1.0 and 1.1"
                                                : "takes " + old);
    if (!one.why_not.empty()) unseen = one.why_not;
    for (const std::string& version : one.old_versions) {
      line.find(one.address + " " + version, fmt::format("{} takes {}.", one.address, version));
    }
  }
  if (steps.tls) {
    for (const Step& step : steps.tls->steps) {
      line.fact(evidence_text(step, "address") + " chose", evidence_text(step, "protocol"));
    }
  }
  if (line.outcome == MeasureOutcome::ok && !unseen.empty()) {
    line.puzzle("Not every address could be asked: " + unseen + ".", "mailward measures refresh");
  }
  if (line.outcome == MeasureOutcome::to_do) {
    line.remedy =
        "On each Exchange server, and on what opens TLS before it: 'TLS 1.0','TLS 1.1' | % { $k = "
        "\"HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\$_\\Server\"; New-Item "
        "$k "
        "-Force | Out-Null; Set-ItemProperty $k Enabled 0 -Type DWord; Set-ItemProperty $k DisabledByDefault 1 -Type "
        "DWord }; then restart it";
  }
}

void hsts(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
          const TestSteps& steps) {
  Measure& line = lines.emplace_back(kHsts, subject);
  if (!begin_steps(line, steps.endpoint, connection)) return;
  line.say(MeasureOutcome::ok, "It asks for HTTPS for a year or longer.");
  for (const Step& step : steps.endpoint->steps) {
    if (step.outcome != StepOutcome::ok) continue;
    const std::string address = evidence_text(step, "address");
    const std::string header = evidence_text(step, "strict_transport_security");
    line.fact(address, header.empty() ? "no Strict-Transport-Security" : header);
    if (header.empty()) {
      line.find("none at " + address, fmt::format("{} sends no Strict-Transport-Security.", address));
    } else if (max_age_of(header) < kLongEnough) {
      line.find("short at " + address, fmt::format("{} asks for less than a year.", address));
    }
  }
  if (line.facts.empty()) {
    line.puzzle("EWS did not answer as Exchange does.", "mailward connection test " + connection.id.text());
  }
  if (line.outcome == MeasureOutcome::to_do) {
    line.remedy =
        "On each Exchange server, on the Default Web Site alone and never on the Exchange Back End (Windows Server "
        "2019 "
        "and later): Import-Module IISAdministration; $s = Get-IISConfigSection -SectionPath "
        "'system.applicationHost/sites' | Get-IISConfigCollection; $h = Get-IISConfigElement -ConfigElement "
        "(Get-IISConfigCollectionElement -ConfigCollection $s -ConfigAttribute @{name='Default Web Site'}) "
        "-ChildElementName hsts; Set-IISConfigAttributeValue -ConfigElement $h -AttributeName enabled -AttributeValue "
        "$true; Set-IISConfigAttributeValue -ConfigElement $h -AttributeName max-age -AttributeValue 31536000. Begin "
        "with 300 seconds";
  }
}

void certificate_expiry(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                        const TestSteps& steps, Timestamp now) {
  Measure& line = lines.emplace_back(kCertificateExpiry, subject);
  if (!begin_steps(line, steps.tls, connection)) return;
  std::optional<Timestamp> first;
  for (const Step& step : steps.tls->steps) {
    const auto until = parse_timestamp(evidence_text(step, "valid_until"));
    if (!until) continue;
    line.fact(evidence_text(step, "address"), "until " + format_timestamp(*until));
    if (!first || *until < *first) first = *until;
  }
  if (!first) {
    line.puzzle("No certificate was seen.", "mailward connection test " + connection.id.text());
    return;
  }
  const Duration left = *first - now;
  line.say(MeasureOutcome::ok, fmt::format("It is valid for another {}.", days_text(left)));
  if (left >= kExpiryNear) return;
  if (left <= Duration(0)) {
    line.find("expired", "It has expired.").urgency = MeasureUrgency::now;
  } else if (left < kExpiryUrgent) {
    line.find("within 30 days", fmt::format("It expires in {}, within 30.", days_text(left))).urgency =
        MeasureUrgency::now;
  } else {
    line.find("within 60 days", fmt::format("It expires in {}, within 60.", days_text(left)));
  }
  line.remedy =
      "Renew it: Get-ExchangeCertificate | ft Thumbprint,Services,NotAfter; Get-ExchangeCertificate -Thumbprint "
      "<thumbprint> | New-ExchangeCertificate -GenerateRequest -PrivateKeyExportable $true; after the import: "
      "Enable-ExchangeCertificate -Thumbprint <new thumbprint> -Services IIS";
}

bool is_short(std::string_view key) {
  const std::size_t space = key.find(' ');
  if (space == std::string_view::npos) return false;
  const std::int64_t bits = number_in(key.substr(space + 1));
  return bits < (key.starts_with("RSA") ? kShortestRsa : kShortestEc);
}

bool is_weak(std::string_view signature) {
  std::string lower(signature);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower.contains("sha1") || lower.contains("md5") || lower.contains("md2");
}

void certificate_strength(std::vector<Measure>& lines, const MeasureSubject& subject,
                          const ServerConnection& connection, const TestSteps& steps) {
  Measure& line = lines.emplace_back(kCertificateStrength, subject);
  if (!begin_steps(line, steps.tls, connection)) return;
  line.say(MeasureOutcome::ok, "Its key and its signature are strong.");
  bool seen = false;
  bool partly = false;
  for (const Step& step : steps.tls->steps) {
    const std::string key = evidence_text(step, "key");
    const std::string signature = evidence_text(step, "signature");
    seen = seen || !key.empty();
    partly = partly || key.empty() || signature.empty();
    line.fact(evidence_text(step, "address"), key + (signature.empty() ? "" : ", " + signature));
    if (is_short(key)) line.find("key " + key, fmt::format("Its key is {}.", key));
    if (is_weak(signature)) line.find("signature " + signature, fmt::format("It is signed with {}.", signature));
    if (evidence_text(step, "verdict") == "too_weak" && line.outcome != MeasureOutcome::to_do) {
      line.find("too weak", evidence_text(step, "error") + ".");
    }
  }
  if (line.outcome == MeasureOutcome::to_do) {
    line.remedy =
        "Renew it with an RSA key of 2048 bits or more and a SHA-256 signature: New-ExchangeCertificate "
        "-GenerateRequest "
        "-KeySize 2048";
  } else if (!seen || partly) {
    line.puzzle("Key and signature were not seen at every address.",
                "mailward connection test " + connection.id.text());
  }
}

void certificate_chain(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                       const TestSteps& steps) {
  Measure& line = lines.emplace_back(kCertificateChain, subject);
  if (!begin_steps(line, steps.tls, connection)) return;
  line.fact("trusted by", connection.form.trust_pem.empty() ? "the system's authorities" : "the connection's own file");
  line.say(MeasureOutcome::ok, "The chain is whole and trusted, and the name fits.");
  for (const Step& step : steps.tls->steps) {
    const std::string address = evidence_text(step, "address");
    line.fact(address, evidence_text(step, "issuer"));
    if (step.outcome == StepOutcome::ok) continue;
    line.find(address, address + ": " + evidence_text(step, "error") + ".").remedy = step.remedy;
  }
  if (!steps.certificates || steps.certificates->steps.empty()) return;
  const Step& compared = steps.certificates->steps.back();
  if (compared.outcome != StepOutcome::note) return;
  line.find("another certificate", evidence_text(compared, "difference") + ".").remedy = compared.remedy;
}

}  // namespace

void add_tls_lines(std::vector<Measure>& lines, const MeasureSubject& subject, const ServerConnection& connection,
                   const TestSteps& steps, const std::optional<TlsReading>& tls, Timestamp now) {
  tls_versions(lines, subject, connection, steps, tls);
  hsts(lines, subject, connection, steps);
  certificate_expiry(lines, subject, connection, steps, now);
  certificate_strength(lines, subject, connection, steps);
  certificate_chain(lines, subject, connection, steps);
}

}  // namespace mailward::connections
