#include "ews/evidence.h"

namespace mailward::ews {

std::string_view sent_name(Sent sent) {
  switch (sent) {
    case Sent::nothing:
      return "nothing";
    case Sent::sign_in_only:
      return "sign_in_only";
    case Sent::request:
      return "request";
  }
  return "";
}

std::string_view sign_in_stage_name(SignInStage stage) {
  switch (stage) {
    case SignInStage::none:
      return "none";
    case SignInStage::already:
      return "already";
    case SignInStage::basic_sent:
      return "basic_sent";
    case SignInStage::negotiate_sent:
      return "negotiate_sent";
    case SignInStage::ntlm_type1_sent:
      return "ntlm_type1_sent";
    case SignInStage::ntlm_type3_sent:
      return "ntlm_type3_sent";
  }
  return "";
}

bool showed_password(const Evidence& evidence) {
  if (evidence.sent == Sent::nothing) return false;
  switch (evidence.sign_in.stage) {
    case SignInStage::basic_sent:
    case SignInStage::negotiate_sent:
    case SignInStage::ntlm_type3_sent:
      return true;
    case SignInStage::none:
    case SignInStage::already:
    case SignInStage::ntlm_type1_sent:
      return false;
  }
  return true;
}

std::string affinity_cookie(const Evidence& evidence) {
  constexpr std::string_view kName = "X-BackEndOverrideCookie=";
  for (std::string_view set : evidence.head.all("Set-Cookie")) {
    if (!same_ignoring_case(set.substr(0, kName.size()), kName)) continue;
    const auto value = set.substr(kName.size());
    return std::string(value.substr(0, value.find(';')));
  }
  return {};
}

}  // namespace mailward::ews
