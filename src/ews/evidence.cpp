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

}  // namespace mailward::ews
