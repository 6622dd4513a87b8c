#include "connections/course.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "connections/remedy.h"

namespace mailward::connections {
namespace {

std::string filled(std::string_view remedy, const Course& course) {
  const auto& account = course.reading.account;
  const bool known = account && !account->sam_account_name.empty();
  return filled_remedy(remedy, {.host = course.url.host,
                                .port = course.url.port,
                                .server = course.server,
                                .account = known ? account->sam_account_name : course.input.form.master_mailbox,
                                .mailbox = course.input.form.mailbox_check});
}

bool is_tcp_class(FailureClass failure) {
  return failure == FailureClass::connection_refused || failure == FailureClass::connection_timed_out ||
         failure == FailureClass::unreachable;
}

/// Whether all trouble at the EWS URL's own addresses is that of one front end, met through a balancer, while another
/// works.
bool is_of_one_front_end(const Course& course) {
  const auto front_end = [&](auto&& holds) {
    return std::ranges::any_of(course.targets, [&](const Target& one) { return !one.of_url && holds(one); });
  };
  if (!front_end([](const Target& one) { return !one.trouble; })) return false;
  return std::ranges::all_of(course.targets, [&](const Target& url) {
    return !url.of_url || !url.trouble ||
           front_end([&](const Target& one) { return one.trouble && one.trouble->failure == url.trouble->failure; });
  });
}

/// Addresses that do not work are one finding each while the EWS URL works otherwise, and the finding itself while it
/// does not: clients come by the URL.
void judge_targets(Course& course) {
  const bool url_works =
      std::ranges::any_of(course.targets, [](const Target& one) { return one.of_url && !one.trouble; }) ||
      is_of_one_front_end(course);
  for (const Target& target : course.targets) {
    if (!target.trouble && target.out_of_service) {
      course.note(course.finding(FailureClass::out_of_service, target.label + ": the health check answers 503"));
    }
    if (!target.trouble) continue;
    const Finding& trouble = *target.trouble;
    if (!url_works) {
      course.note(trouble);
      continue;
    }
    const bool dead = target.of_url && is_tcp_class(trouble.failure);
    Finding finding = course.finding(
        dead ? FailureClass::address_dead : FailureClass::front_end_broken,
        fmt::format("{}: {} ({})", target.label, info_of(trouble.failure).title, name_of(trouble.failure)));
    finding.remedy += " " + trouble.remedy;
    course.note(std::move(finding));
  }
}

int gravity(Weight weight) {
  return static_cast<int>(weight);
}

ConnectionState state_of(Weight weight) {
  switch (weight) {
    case Weight::note:
      return ConnectionState::healthy;
    case Weight::degraded:
      return ConnectionState::degraded;
    case Weight::inconclusive:
      return ConnectionState::untested;
    case Weight::failed:
      return ConnectionState::failing;
    case Weight::parked:
      return ConnectionState::needs_credential;
  }
  return ConnectionState::failing;
}

CourseResult verdict_of(const Course& course) {
  CourseResult result;
  const Finding* gravest = nullptr;
  for (const Finding& finding : course.findings) {
    if (finding.weight == Weight::note) continue;
    if (gravest == nullptr || gravity(finding.weight) > gravity(gravest->weight)) gravest = &finding;
  }
  if (gravest == nullptr) {
    result.sentence = info_of(FailureClass::none).title;
    return result;
  }
  result.failure = gravest->failure;
  result.state = state_of(gravest->weight);
  const std::string_view title = info_of(gravest->failure).title;
  // A sentence that does not say by itself what its class is gets the class's title before it.
  const bool whole = gravest->sentence.starts_with(title.substr(0, title.size() - 1));
  result.sentence = whole ? gravest->sentence : fmt::format("{} {}", title, gravest->sentence);
  result.remedy = gravest->remedy;
  return result;
}

std::string json_of(const Course& course, const CourseResult& result) {
  nlohmann::ordered_json json;
  json["verdict"] = name_of(result.failure);
  json["state"] = name_of(result.state);
  json["sentence"] = result.sentence;
  json["remedy"] = result.remedy;
  auto& candidates = json["candidates"] = nlohmann::ordered_json::array();
  std::string_view names = info_of(result.failure).candidates;
  if (course.interception_suspected && names.contains("extended_protection") &&
      result.failure != FailureClass::tls_intercepted) {
    candidates.push_back(name_of(FailureClass::tls_intercepted));
  }
  while (!names.empty()) {
    const std::size_t comma = names.find(", ");
    candidates.push_back(names.substr(0, comma));
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 2);
  }
  if (course.version.known()) {
    json["server"] = {{"version", course.version.text()}, {"product", ews::product_name(course.version.product())}};
  }
  if (course.scheme) json["scheme"] = ews::scheme_name(*course.scheme);
  auto& front_ends = json["front_ends"] = nlohmann::ordered_json::array();
  for (const Target& target : course.targets) {
    front_ends.push_back(
        {{"address", target.address.text()},
         {"verdict", target.trouble ? name_of(target.trouble->failure) : name_of(FailureClass::none)}});
  }
  if (course.reading.tries_left) json["tries_left"] = *course.reading.tries_left;
  auto& findings = json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : course.findings) {
    findings.push_back(
        {{"class", name_of(finding.failure)},
         {"sentence", finding.sentence.empty() ? std::string(info_of(finding.failure).title) : finding.sentence},
         {"remedy", finding.remedy}});
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

CourseResult plain_result(FailureClass failure, std::string sentence) {
  const FailureClassInfo& info = info_of(failure);
  CourseResult result;
  result.failure = failure;
  result.state = state_of(info.weight);
  result.sentence = fmt::format("{} ({})", info.title, sentence);
  result.remedy = info.remedy;
  result.json = nlohmann::ordered_json{{"verdict", info.name},
                                       {"state", name_of(result.state)},
                                       {"sentence", result.sentence},
                                       {"remedy", result.remedy},
                                       {"candidates", nlohmann::ordered_json::array()}}
                    .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return result;
}

Finding Course::finding(FailureClass failure, std::string sentence) const {
  return finding(failure, std::move(sentence), info_of(failure).weight);
}

Finding Course::finding(FailureClass failure, std::string sentence, Weight weight) const {
  return {failure, sentence.empty() ? std::string(info_of(failure).title) : std::move(sentence), weight,
          filled(info_of(failure).remedy, *this)};
}

std::vector<Target*> Course::sound_targets() {
  std::vector<Target*> sound;
  for (Target& target : targets) {
    if (!target.trouble) sound.push_back(&target);
  }
  return sound;
}

CourseResult run_course(const CourseParts& parts, const CourseInput& input, StepLog& steps, Deadline deadline,
                        std::stop_token stop) {
  Course course{.parts = parts, .input = input, .steps = steps, .deadline = deadline, .stop = std::move(stop)};
  const auto url = EwsUrl::parse(input.form.ews_url);
  auto trust = input.form.trust_pem.empty() ? Result<CertificateTrust>(CertificateTrust::system())
                                            : CertificateTrust::from_pem(input.form.trust_pem);
  if (!url || !trust) {
    course.note(course.finding(FailureClass::internal_error, url ? trust.error().message() : url.error().message()));
  } else {
    course.url = *url;
    course.trust = *std::move(trust);
    const bool signed_in =
        reach(course) && find_endpoint(course) && examine_account(course) && get_tickets(course) && sign_in(course);
    if (signed_in && !course.stopped()) examine_protection(course);
    if (signed_in && !course.stopped()) examine_mailboxes(course);
    if (signed_in && !course.stopped()) look_by_autodiscover(course);
    const bool told =
        std::ranges::any_of(course.findings, [](const Finding& one) { return one.weight >= Weight::failed; });
    if (!told) judge_targets(course);
  }
  if (course.stop.stop_requested()) {
    course.findings.clear();
    course.note(course.finding(FailureClass::cancelled));
  } else if (deadline.expired(parts.clock) && course.findings.empty()) {
    course.note(course.finding(FailureClass::answer_timed_out, "the test did not end within its time"));
  }
  CourseResult result = verdict_of(course);
  result.json = json_of(course, result);
  result.password_right = course.password_right;
  for (const Target& target : course.targets) {
    if (!target.certificate) continue;
    const Timestamp until = target.certificate->not_after;
    if (!result.certificate_until || until < *result.certificate_until) result.certificate_until = until;
  }
  result.password_refused = course.password_refused;
  if (course.reading.account) {
    result.sid = course.reading.account->sid;
    result.resolved = printable(course.reading.account->dn);
    result.pwd_last_set = course.reading.pwd_last_set;
    result.password_expires = course.reading.account->password_expires;
  }
  return result;
}

}  // namespace mailward::connections
