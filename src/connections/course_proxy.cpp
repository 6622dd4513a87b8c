#include "base/bytes.h"
#include "connections/course.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""s;

constexpr std::string_view kBeyondTheProxy =
    "Ask on the proxy's own machine whether the address and port shown answer; its log says why it does not reach "
    "them.";

FailureClass class_of(const Error& error) {
  if (error.is(NameError::unknown_host) || error.is(NameError::malformed_name)) return FailureClass::proxy_unreachable;
  if (error.is(BaseError::refused_destination)) return FailureClass::destination_refused;
  const bool silent = error.is(NameError::no_name_server) || error.is(NameError::timed_out);
  return silent ? FailureClass::name_server_failed : FailureClass::proxy_sign_in;
}

FailureClass class_of(const ews::ProxyWords& said) {
  if (said.tls) return FailureClass::proxy_tls;
  if (said.status == 0) return said.shown ? FailureClass::proxy_sign_in : FailureClass::proxy_unreachable;
  return said.status == 407 ? FailureClass::proxy_sign_in : FailureClass::proxy_refused;
}

}  // namespace

bool find_way(Course& course) {
  const ProxyForm& form = course.input.form.proxy;
  if (!form.is_set()) return true;
  course.steps.begin("proxy");
  Facts facts;
  facts.add("proxy", form.url).add("sign_in", name_of(form.sign_in)).add("user", form.user);
  const auto refused = course.input.try_again ? WhatWasRefused::may_be_tried : WhatWasRefused::stays;
  const auto found = [&]() -> Result<ProxyWay> {
    if (form.signs_in() && !course.input.proxy_password) return fail(*course.input.no_proxy_password);
    return ProxyWay::find({course.parts.proxies, course.parts.resolver, course.parts.destinations, refused}, form,
                          course.input.proxy_password, course.input.directory, course.step_deadline(10s), course.stop);
  };
  auto way = found();
  if (!way) {
    Finding finding = course.finding(class_of(way.error()), "the proxy: " + way.error().message());
    if (!way.error().remedy().empty()) finding.remedy = way.error().remedy();
    course.steps.end(work::StepOutcome::failed, facts.add("error", finding.sentence), finding.remedy);
    course.note(std::move(finding));
    return false;
  }
  course.way = *std::move(way);
  course.steps.end(work::StepOutcome::ok, facts.add("address", course.way.address().text()));
  return true;
}

Finding proxy_finding(Course& course, const ews::Failure& failure) {
  // Without a word of the proxy's its password was withheld from it.
  const FailureClass found = failure.proxy ? class_of(*failure.proxy) : FailureClass::proxy_sign_in;
  Finding finding = course.finding(found, failure.error.message());
  if (!failure.error.remedy().empty()) finding.remedy = failure.error.remedy();
  if (failure.proxy && failure.proxy->is_about_the_server()) finding.remedy = std::string(kBeyondTheProxy);
  return finding;
}

}  // namespace mailward::connections
