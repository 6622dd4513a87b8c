#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "connections/course.h"

namespace mailward::connections {
namespace {

/// Reached by the EWS URL's name alone: what shows itself there may stand before the front ends.
bool in_front(const Target& target) {
  return target.of_url && !target.own && target.certificate;
}

/// Enough of the fingerprint to know a certificate by; the step shows it whole.
std::string shown(const CertificateInfo& certificate) {
  return fmt::format("of {} (SHA-256 {}…)", certificate.issuer, to_hex(certificate.fingerprint).substr(0, 16));
}

std::string list_of(const std::vector<const Target*>& targets, const auto& text_of) {
  std::string list;
  for (const Target* target : targets) {
    list += fmt::format("{}{}: {}", list.empty() ? "" : ", ", target->label, text_of(*target->certificate));
  }
  return list;
}

/// How the address differs from the front ends; empty where it does not, or nobody can tell: with a front end whose
/// certificate was not seen, another one of the same issuer may be its.
std::string difference_of(const Target& target, const std::vector<const Target*>& own, bool all_seen) {
  const auto same = [&](auto member) {
    return std::ranges::any_of(
        own, [&](const Target* one) { return (*one->certificate).*member == (*target.certificate).*member; });
  };
  if (own.empty() || same(&CertificateInfo::fingerprint)) return {};
  const bool same_issuer = same(&CertificateInfo::issuer);
  if (same_issuer && !all_seen) return {};
  return fmt::format("{} shows a certificate {}, the front end {} one {}{}", target.label, shown(*target.certificate),
                     own.front()->label, shown(*own.front()->certificate),
                     same_issuer ? ": another of the same issuer" : ": of another issuer");
}

}  // namespace

void compare_certificates(Course& course) {
  std::vector<const Target*> own;
  std::vector<const Target*> front;
  bool all_seen = true;
  for (const Target& target : course.targets) {
    if (target.own && target.certificate) own.push_back(&target);
    if (target.own && !target.certificate) all_seen = false;
    if (in_front(target)) front.push_back(&target);
  }
  if (own.empty() || front.empty()) return;
  const auto fingerprint = [](const CertificateInfo& one) { return to_hex(one.fingerprint); };
  const auto issuer = [](const CertificateInfo& one) { return one.issuer; };
  Facts facts;
  facts.add("ews_url", list_of(front, fingerprint)).add("ews_url_issuers", list_of(front, issuer));
  facts.add("front_ends", list_of(own, fingerprint)).add("front_end_issuers", list_of(own, issuer));
  std::string sentence;
  for (Target& target : course.targets) {
    if (!in_front(target)) continue;
    target.opened_before = difference_of(target, own, all_seen);
    if (sentence.empty()) sentence = target.opened_before;
  }
  facts.add("same", sentence.empty());
  if (sentence.empty()) {
    course.steps.add("certificates", work::StepOutcome::ok, facts);
    return;
  }
  Finding finding = course.finding(FailureClass::tls_intercepted, std::move(sentence), Weight::note);
  course.steps.add("certificates", work::StepOutcome::note, facts.add("difference", finding.sentence), finding.remedy);
  course.note(std::move(finding));
}

void suspect_interception(Course& course, const Target& target, ews::Scheme scheme) {
  const bool by_refusal = target.trouble->failure == FailureClass::refused_right_password ||
                          target.trouble->failure == FailureClass::refused_or_overloaded ||
                          target.trouble->failure == FailureClass::extended_protection;
  if (target.opened_before.empty() || scheme == ews::Scheme::basic || !by_refusal) return;
  course.interception_suspected = true;
}

void blame_interception(Course& course) {
  for (Target& target : course.targets) {
    if (target.opened_before.empty() || !target.trouble) continue;
    if (target.trouble->failure != FailureClass::refused_right_password) continue;
    const auto takes_it = [&](const Target& one) { return one.own && !one.trouble && one.scheme == target.scheme; };
    const auto own = std::ranges::find_if(course.targets, takes_it);
    if (own == course.targets.end()) continue;
    std::erase_if(course.findings, [](const Finding& one) { return one.failure == FailureClass::tls_intercepted; });
    target.trouble = course.finding(FailureClass::tls_intercepted,
                                    fmt::format("{} refuses the sign-in that the front end {} takes; {}", target.label,
                                                own->label, target.opened_before));
  }
}

}  // namespace mailward::connections
