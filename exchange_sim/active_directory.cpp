#include "exchange_sim/active_directory.h"

#include <ldap.h>
#include <sys/time.h>

#include <cstdint>
#include <ctime>
#include <memory>

extern "C" {  // this header of Samba's does not say so itself
#include <samba-4.0/wbclient.h>
}

#include "base/log.h"

namespace mailward::exchange_sim {
namespace {

constexpr int kLdapSeconds = 10;
/// MSV1_0 flags of winbind's parameter_control: let service accounts of any kind through, as IIS does.
constexpr std::uint32_t kParameterControl =
    WBC_MSV1_0_ALLOW_WORKSTATION_TRUST_ACCOUNT | WBC_MSV1_0_ALLOW_SERVER_TRUST_ACCOUNT;

struct Unbind {
  void operator()(LDAP* ldap) const { ldap_unbind_ext_s(ldap, nullptr, nullptr); }
};
using Ldap = std::unique_ptr<LDAP, Unbind>;

struct FreeContext {
  void operator()(wbcContext* context) const { wbcCtxFree(context); }
};

Ldap connect(const DirectorySettings& settings) {
  LDAP* raw = nullptr;
  if (ldap_initialize(&raw, settings.ldap_url.c_str()) != LDAP_SUCCESS) return nullptr;
  Ldap ldap(raw);
  const int version = LDAP_VERSION3;
  const int demand = LDAP_OPT_X_TLS_DEMAND;
  const int fresh = 0;
  const timeval limit{.tv_sec = kLdapSeconds, .tv_usec = 0};
  ldap_set_option(raw, LDAP_OPT_PROTOCOL_VERSION, &version);
  ldap_set_option(raw, LDAP_OPT_NETWORK_TIMEOUT, &limit);
  ldap_set_option(raw, LDAP_OPT_TIMEOUT, &limit);
  if (!settings.ldap_ca.empty()) ldap_set_option(raw, LDAP_OPT_X_TLS_CACERTFILE, settings.ldap_ca.c_str());
  ldap_set_option(raw, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
  ldap_set_option(raw, LDAP_OPT_X_TLS_NEWCTX, &fresh);
  return ldap;
}

std::string without_prefix(std::string_view user) {
  const auto slash = user.find('\\');
  if (slash != std::string_view::npos) user.remove_prefix(slash + 1);
  return std::string(user.substr(0, user.find('@')));
}

}  // namespace

ActiveDirectory::ActiveDirectory(DirectorySettings settings, std::string netbios, std::string domain)
    : settings_(std::move(settings)), netbios_(std::move(netbios)), domain_(std::move(domain)) {}

std::optional<std::string> ActiveDirectory::check_password(std::string_view user, const SecretString& password) {
  // A simple bind without password is an anonymous one and proves nothing (RFC 4513 5.1.2).
  if (user.empty() || password.empty()) return std::nullopt;
  const Ldap ldap = connect(settings_);
  if (!ldap) {
    log::warn("directory_unreachable", {{"url", settings_.ldap_url}});
    return std::nullopt;
  }
  const bool bare = user.find('\\') == std::string_view::npos && user.find('@') == std::string_view::npos;
  const std::string name = bare ? netbios_ + "\\" + std::string(user) : std::string(user);
  const std::string_view secret = password.reveal();
  berval credential{.bv_len = secret.size(), .bv_val = const_cast<char*>(secret.data())};  // NOLINT: C API, not written
  const int result =
      ldap_sasl_bind_s(ldap.get(), name.c_str(), LDAP_SASL_SIMPLE, &credential, nullptr, nullptr, nullptr);
  if (result != LDAP_SUCCESS) {
    log::info("directory_bind_refused", {{"result", std::to_string(result)}});
    return std::nullopt;
  }
  return canonical_name(name);
}

std::optional<std::string> ActiveDirectory::check_ntlm(const NtlmAttempt& attempt) {
  if (!settings_.ntlm) return std::nullopt;
  const std::unique_ptr<wbcContext, FreeContext> context(wbcCtxCreate());
  if (!context) return std::nullopt;
  const ntlm::Authenticate& message = attempt.message;
  wbcAuthUserParams parameters{};
  parameters.account_name = message.user.c_str();
  parameters.domain_name = message.domain.c_str();
  parameters.workstation_name = message.workstation.c_str();
  parameters.parameter_control = kParameterControl;
  parameters.level = wbcAuthUserParams::WBC_AUTH_USER_LEVEL_RESPONSE;
  std::copy(attempt.server_challenge.begin(), attempt.server_challenge.end(),
            std::begin(parameters.password.response.challenge));
  Bytes nt = message.nt_response;
  Bytes lm = message.lm_response;
  parameters.password.response.nt_length = static_cast<std::uint32_t>(nt.size());
  parameters.password.response.nt_data = nt.data();
  parameters.password.response.lm_length = static_cast<std::uint32_t>(lm.size());
  parameters.password.response.lm_data = lm.data();
  wbcAuthUserInfo* info = nullptr;
  wbcAuthErrorInfo* error = nullptr;
  const wbcErr verdict = wbcCtxAuthenticateUserEx(context.get(), &parameters, &info, &error);
  std::optional<std::string> account;
  if (WBC_ERROR_IS_OK(verdict) && info != nullptr) {
    account = std::string(info->domain_name) + "\\" + info->account_name;
  } else {
    log::info("directory_ntlm_refused", {{"status", error != nullptr ? error->nt_string : wbcErrorString(verdict)}});
  }
  wbcFreeMemory(info);
  wbcFreeMemory(error);
  return account;
}

std::optional<std::string> ActiveDirectory::canonical_name(std::string_view user) {
  return netbios_ + "\\" + lower_case(without_prefix(user));
}

}  // namespace mailward::exchange_sim
