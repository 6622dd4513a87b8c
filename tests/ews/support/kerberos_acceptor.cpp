#include "tests/ews/support/kerberos_acceptor.h"

#include <gssapi/gssapi_ext.h>
#include <openssl/ssl.h>

#include <stdexcept>

#include "base/bytes.h"
#include "base/tls.h"

namespace mailward::testing {

KerberosAcceptor::KerberosAcceptor(const std::filesystem::path& keytab) {
  gss_key_value_element_desc where{.key = "keytab", .value = keytab.c_str()};
  gss_key_value_set_desc store{.count = 1, .elements = &where};
  OM_uint32 minor = 0;
  const OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                                                &store, &credential_, nullptr, nullptr);
  if (GSS_ERROR(major)) throw std::runtime_error("the keytab cannot be used");
}

KerberosAcceptor::~KerberosAcceptor() {
  OM_uint32 ignored = 0;
  gss_release_cred(&ignored, &credential_);
}

std::optional<std::string> KerberosAcceptor::accept(const ReceivedRequest& request, SSL* ssl, bool require_binding) {
  const std::string_view given = request.field(ssl != nullptr ? "Authorization" : "Proxy-Authorization");
  if (!given.starts_with("Negotiate ")) return std::nullopt;
  Bytes token = from_base64(given.substr(10)).value();
  Bytes binding;
  if (ssl != nullptr) binding = tls_server_end_point(SSL_get_certificate(ssl)).value();
  gss_channel_bindings_struct bindings{};
  bindings.application_data = {.length = binding.size(), .value = binding.data()};
  gss_buffer_desc input = {.length = token.size(), .value = token.data()};
  gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  OM_uint32 flags = 0;
  OM_uint32 minor = 0;
  const OM_uint32 major = gss_accept_sec_context(&minor, &context, credential_, &input,
                                                 ssl != nullptr ? &bindings : GSS_C_NO_CHANNEL_BINDINGS, nullptr,
                                                 nullptr, &output, &flags, nullptr, nullptr);
  std::string answer = to_base64({static_cast<const std::uint8_t*>(output.value), output.length});
  OM_uint32 ignored = 0;
  gss_release_buffer(&ignored, &output);
  if (context != GSS_C_NO_CONTEXT) gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
  ++tokens_;
  bound_ = (flags & GSS_C_CHANNEL_BOUND_FLAG) != 0;
  if (major != GSS_S_COMPLETE || (require_binding && !bound_)) return std::nullopt;
  return answer;
}

TunnelProxy::Judge KerberosAcceptor::judge() {
  return [this](const ReceivedRequest& connect) -> std::optional<std::string> {
    if (accept(connect, nullptr, false)) return std::nullopt;
    return "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n";
  };
}

}  // namespace mailward::testing
