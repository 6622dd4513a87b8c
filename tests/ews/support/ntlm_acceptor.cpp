#include "tests/ews/support/ntlm_acceptor.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <fstream>

#include "base/tls.h"

namespace mailward::testing {
namespace {

gss_OID_desc kNtlm = {10, const_cast<char*>("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a")};

Reaction refusal(std::string_view challenge) {
  return {.bytes = http_answer(401, "",
                               "WWW-Authenticate: " + std::string(challenge) +
                                   "\r\nWWW-Authenticate: Negotiate\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n")};
}

}  // namespace

struct NtlmAcceptor::Half {
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  bool signed_in = false;
  ~Half() { drop(); }
  void drop() {
    OM_uint32 ignored = 0;
    if (context != GSS_C_NO_CONTEXT) gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    context = GSS_C_NO_CONTEXT;
  }
};

NtlmAcceptor::NtlmAcceptor(const std::string& domain, const std::string& user, const std::string& password,
                           ExtendedProtection protection)
    : protection_(protection) {
  auto file = folder_.path() / "users";
  std::ofstream(file) << domain << ':' << user << ':' << password << '\n';
  setenv("NTLM_USER_FILE", file.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
}

NtlmAcceptor::~NtlmAcceptor() {
  unsetenv("NTLM_USER_FILE");  // NOLINT(concurrency-mt-unsafe)
}

std::optional<Reaction> NtlmAcceptor::challenge(const ReceivedRequest& request, SSL* ssl) {
  auto& half = connections_[request.connection];
  if (!half) half = std::make_unique<Half>();
  std::string_view given = request.field("Authorization");
  if (!given.starts_with("NTLM ")) {
    return half->signed_in ? std::nullopt : std::optional(refusal("NTLM"));
  }
  half->signed_in = false;
  Bytes token = from_base64(given.substr(5)).value();
  bool second = half->context != GSS_C_NO_CONTEXT;
  Bytes binding;
  if (ssl != nullptr) binding = tls_server_end_point(SSL_get_certificate(ssl)).value();
  gss_channel_bindings_struct bindings{};
  bindings.application_data = {binding.size(), binding.data()};
  gss_buffer_desc input = {token.size(), token.data()};
  gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
  gss_name_t who = GSS_C_NO_NAME;
  OM_uint32 flags = 0;
  OM_uint32 minor = 0;
  gss_OID_set_desc mechanisms = {1, &kNtlm};
  gss_cred_id_t own_credential = GSS_C_NO_CREDENTIAL;
  gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT, &own_credential, nullptr,
                   nullptr);
  OM_uint32 major = gss_accept_sec_context(&minor, &half->context, own_credential, &input,
                                           binding.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bindings, &who, nullptr,
                                           &output, &flags, nullptr, nullptr);
  std::string answer = to_base64({static_cast<const std::uint8_t*>(output.value), output.length});
  OM_uint32 ignored = 0;
  gss_release_buffer(&ignored, &output);
  gss_release_cred(&ignored, &own_credential);
  if (!second) {
    if (GSS_ERROR(major)) return refusal("NTLM");
    return refusal("NTLM " + answer);
  }
  ++attempts_;
  bound_ = (flags & GSS_C_CHANNEL_BOUND_FLAG) != 0;
  bool accepted = major == GSS_S_COMPLETE && (protection_ == ExtendedProtection::none || bound_);
  if (accepted) {
    gss_buffer_desc name = GSS_C_EMPTY_BUFFER;
    gss_display_name(&ignored, who, &name, nullptr);
    account_.assign(static_cast<const char*>(name.value), name.length);
    gss_release_buffer(&ignored, &name);
  }
  gss_release_name(&ignored, &who);
  half->drop();
  half->signed_in = accepted;
  if (accepted) return std::nullopt;
  ++refused_;
  return refusal("NTLM");
}

std::optional<std::string> proxy_challenge(NtlmAcceptor& acceptor, const ReceivedRequest& connect) {
  ReceivedRequest as_server = connect;
  for (auto& [name, value] : as_server.fields) {
    if (name == "Proxy-Authorization") name = "Authorization";
  }
  auto challenge = acceptor.challenge(as_server, nullptr);
  if (!challenge) return std::nullopt;
  std::string answer = std::move(challenge->bytes);
  for (auto [from, to] :
       {std::pair("HTTP/1.1 401", "HTTP/1.1 407"), std::pair("WWW-Authenticate", "Proxy-Authenticate")}) {
    for (auto at = answer.find(from); at != std::string::npos; at = answer.find(from, at + 1)) {
      answer.replace(at, std::string_view(from).size(), to);
    }
  }
  return answer;
}

}  // namespace mailward::testing
