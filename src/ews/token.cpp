#include "ews/token.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <openssl/ssl.h>

#include "base/tls.h"
#include "ews/errors.h"

namespace mailward::ews {
namespace {

gss_OID_desc kNtlm = {10, const_cast<char*>("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a")};
gss_OID_desc kSpnego = {6, const_cast<char*>("\x2b\x06\x01\x05\x05\x02")};

gss_buffer_desc buffer_of(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}

std::string words_for(OM_uint32 code, int kind, gss_OID mechanism) {
  std::string words;
  OM_uint32 more = 0;
  do {
    OM_uint32 minor = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (GSS_ERROR(gss_display_status(&minor, code, kind, mechanism, &more, &text))) break;
    if (!words.empty()) words += "; ";
    words.append(static_cast<const char*>(text.value), text.length);
    gss_release_buffer(&minor, &text);
  } while (more != 0 && words.size() < 1000);
  return words;
}

Error gss_error(std::string_view what, OM_uint32 major, OM_uint32 minor, gss_OID mechanism) {
  return {EwsError::token_failed, std::string(what) + ": " + words_for(major, GSS_C_GSS_CODE, nullptr) + " (" +
                                      words_for(minor, GSS_C_MECH_CODE, mechanism) + ")"};
}

/// How gss-ntlmssp wants a user: a UPN stays whole only behind an empty domain.
std::string ntlm_user(const std::string& typed) {
  return typed.find('\\') == std::string::npos ? "\\" + typed : typed;
}

}  // namespace

struct TokenMaker::State {
  Scheme scheme = Scheme::ntlm;
  gss_OID mechanism = &kNtlm;
  TicketHandle tickets;
  gss_name_t target = GSS_C_NO_NAME;
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  OM_uint32 given_flags = 0;
  bool established = false;
  OM_uint32 major = 0;
  OM_uint32 minor = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    OM_uint32 ignored = 0;
    if (context != GSS_C_NO_CONTEXT) gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    if (target != GSS_C_NO_NAME) gss_release_name(&ignored, &target);
  }

  Status import_target(const std::string& name, gss_OID kind) {
    gss_buffer_desc text = buffer_of(name);
    OM_uint32 why = 0;
    OM_uint32 result = gss_import_name(&why, &text, kind, &target);
    return GSS_ERROR(result) ? refuse("the service's name cannot be used", result, why) : Status{};
  }

  Status refuse(std::string_view what, OM_uint32 result, OM_uint32 why) {
    major = result;
    minor = why;
    return fail(gss_error(what, result, why, mechanism));
  }

  /// One step; the token is empty where none is to be sent.
  Result<SecretString> step(BytesView answer, BytesView binding) {
    gss_buffer_desc input = buffer_of(as_text(answer));
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    gss_channel_bindings_struct bindings{};
    bindings.application_data = buffer_of(as_text(binding));
    OM_uint32 wanted = scheme == Scheme::negotiate ? GSS_C_MUTUAL_FLAG : 0;
    OM_uint32 why = 0;
    OM_uint32 result =
        gss_init_sec_context(&why, tickets.get(), &context, target, mechanism, wanted, GSS_C_INDEFINITE,
                             binding.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bindings,
                             answer.empty() ? GSS_C_NO_BUFFER : &input, nullptr, &output, &given_flags, nullptr);
    SecretString token(std::string_view(static_cast<const char*>(output.value), output.length));
    OM_uint32 ignored = 0;
    if (output.value != nullptr) wipe(output.value, output.length);
    gss_release_buffer(&ignored, &output);
    if (GSS_ERROR(result)) {
      MW_CHECK(refuse(scheme == Scheme::ntlm ? "NTLM gave no token" : "Kerberos gave no token", result, why));
    }
    established = result == GSS_S_COMPLETE;
    return token;
  }
};

TokenMaker::TokenMaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
TokenMaker::TokenMaker(TokenMaker&&) noexcept = default;
TokenMaker& TokenMaker::operator=(TokenMaker&&) noexcept = default;
TokenMaker::~TokenMaker() = default;

Result<TicketHandle> acquire_ntlm(const Credential& credential) {
  std::string user = ntlm_user(credential.user);
  gss_buffer_desc text = buffer_of(user);
  gss_name_t name = GSS_C_NO_NAME;
  OM_uint32 why = 0;
  OM_uint32 result = gss_import_name(&why, &text, GSS_C_NT_USER_NAME, &name);
  if (GSS_ERROR(result)) return fail(gss_error("the user name cannot be used for NTLM", result, why, &kNtlm));
  // A NUL follows the secret, which gss-ntlmssp relies on.
  gss_buffer_desc password = buffer_of(credential.password.reveal());
  gss_OID_set_desc mechanisms = {1, &kNtlm};
  gss_cred_id_t acquired = GSS_C_NO_CREDENTIAL;
  result = gss_acquire_cred_with_password(&why, name, &password, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE,
                                          &acquired, nullptr, nullptr);
  wipe_stack();  // gss-ntlmssp turns the password into UTF-16 there
  OM_uint32 ignored = 0;
  gss_release_name(&ignored, &name);
  if (GSS_ERROR(result)) {
    return fail(gss_error("NTLM takes no credential (is gss-ntlmssp installed?)", result, why, &kNtlm));
  }
  return TicketHandle(acquired, [](gss_cred_id_t held) {
    OM_uint32 unused = 0;
    gss_release_cred(&unused, &held);
  });
}

Result<TokenMaker> TokenMaker::begin(const Credential& credential, const std::string& host) {
  auto state = std::make_unique<State>();
  state->scheme = credential.scheme;
  state->tickets = credential.tickets;
  if (credential.scheme == Scheme::negotiate) {
    state->mechanism = &kSpnego;
    // A principal, not a host-based service: nothing is then looked up, and the ticket is found in the cache.
    MW_CHECK(state->import_target(credential.service, const_cast<gss_OID>(GSS_KRB5_NT_PRINCIPAL_NAME)));
  } else {
    MW_CHECK(state->import_target("HTTP@" + host, GSS_C_NT_HOSTBASED_SERVICE));
  }
  return TokenMaker(std::move(state));
}

Result<SecretString> TokenMaker::next(BytesView answer, BytesView binding) {
  MW_TRY(auto token, state_->step(answer, binding));
  if (token.empty()) return fail(EwsError::token_failed, "GSSAPI wants to send no token");
  std::string line(scheme_name(state_->scheme));
  line += ' ';
  std::string encoded = to_base64(token.reveal_bytes());
  line.reserve(line.size() + encoded.size());
  line += encoded;
  wipe(encoded);
  return SecretString::taken_from(line);
}

bool TokenMaker::accept(BytesView answer, BytesView binding) {
  if (state_->established || answer.empty()) return false;
  auto token = state_->step(answer, binding);
  return token.has_value() && state_->established && (state_->given_flags & GSS_C_MUTUAL_FLAG) != 0;
}

bool TokenMaker::established() const {
  return state_->established;
}
std::uint32_t TokenMaker::major() const {
  return state_->major;
}
std::uint32_t TokenMaker::minor() const {
  return state_->minor;
}

Result<Bytes> channel_binding_of(SSL* ssl) {
  X509* certificate = SSL_get1_peer_certificate(ssl);
  if (certificate == nullptr) return fail(BaseError::crypto, "the server showed no certificate");
  auto binding = tls_server_end_point(certificate);
  X509_free(certificate);
  return binding;
}

SecretString basic_authorization(const Credential& credential) {
  std::string both = credential.user + ":";
  both.reserve(both.size() + credential.password.size());
  both += credential.password.reveal();
  std::string encoded = to_base64(as_bytes(both));
  wipe(both);
  std::string line;
  line.reserve(6 + encoded.size());
  line = "Basic ";
  line += encoded;
  wipe(encoded);
  return SecretString::taken_from(line);
}

}  // namespace mailward::ews
