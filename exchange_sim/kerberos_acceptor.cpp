#include "exchange_sim/kerberos_acceptor.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mailward::exchange_sim {
namespace {

gss_OID_desc kKrb5{9, const_cast<char*>("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")};  // NOLINT: the C API takes no const
gss_OID_desc kSpnego{6, const_cast<char*>("\x2b\x06\x01\x05\x05\x02")};            // NOLINT

std::string explain(OM_uint32 major, OM_uint32 minor) {
  std::string out;
  OM_uint32 context = 0;
  OM_uint32 ignored = 0;
  gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
  if (gss_display_status(&ignored, major, GSS_C_GSS_CODE, GSS_C_NO_OID, &context, &text) == GSS_S_COMPLETE) {
    out.assign(static_cast<const char*>(text.value), text.length);
    gss_release_buffer(&ignored, &text);
  }
  context = 0;
  if (minor != 0 && gss_display_status(&ignored, minor, GSS_C_MECH_CODE, &kKrb5, &context, &text) == GSS_S_COMPLETE) {
    out += ": " + std::string(static_cast<const char*>(text.value), text.length);
    gss_release_buffer(&ignored, &text);
  }
  return out;
}

}  // namespace

struct KerberosContext::State {
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
};

KerberosContext::KerberosContext() : state_(std::make_unique<State>()) {}

KerberosContext::~KerberosContext() {
  OM_uint32 minor = 0;
  if (state_->context != GSS_C_NO_CONTEXT) gss_delete_sec_context(&minor, &state_->context, GSS_C_NO_BUFFER);
}

struct KerberosAcceptor::Credential {
  gss_cred_id_t handle = GSS_C_NO_CREDENTIAL;
};

KerberosAcceptor::KerberosAcceptor() : credential_(std::make_unique<Credential>()) {}

KerberosAcceptor::~KerberosAcceptor() {
  OM_uint32 minor = 0;
  if (credential_->handle != GSS_C_NO_CREDENTIAL) gss_release_cred(&minor, &credential_->handle);
}

Result<std::unique_ptr<KerberosAcceptor>> KerberosAcceptor::open(const std::string& keytab) {
  // GSSAPI says nothing of a file that is not there until a ticket comes. MIT's name of one may say that it is a file.
  constexpr std::string_view kFile = "FILE:";
  if (access(keytab.c_str() + (keytab.starts_with(kFile) ? kFile.size() : 0), R_OK) != 0) {
    return fail(BaseError::io, "the keytab " + keytab + " cannot be read: " + std::generic_category().message(errno));
  }
  std::unique_ptr<KerberosAcceptor> acceptor(new KerberosAcceptor());
  const std::string rcache = "none:";
  std::array<gss_key_value_element_desc, 2> elements{{{"keytab", keytab.c_str()}, {"rcache", rcache.c_str()}}};
  const gss_key_value_set_desc store{static_cast<OM_uint32>(elements.size()), elements.data()};
  std::array<gss_OID_desc, 2> mechanisms{kKrb5, kSpnego};
  gss_OID_set_desc wanted{mechanisms.size(), mechanisms.data()};
  OM_uint32 minor = 0;
  const OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &wanted, GSS_C_ACCEPT, &store,
                                                &acceptor->credential_->handle, nullptr, nullptr);
  if (GSS_ERROR(major) != 0) {
    return fail(BaseError::crypto, "the keytab cannot be used for Kerberos: " + explain(major, minor));
  }
  gss_OID_set_desc only_krb5{1, mechanisms.data()};
  gss_set_neg_mechs(&minor, acceptor->credential_->handle, &only_krb5);
  return acceptor;
}

KerberosStep KerberosAcceptor::accept(KerberosContext& context, BytesView token, ExtendedProtection protection,
                                      BytesView end_point) const {
  Bytes token_copy(token.begin(), token.end());
  Bytes binding_copy(end_point.begin(), end_point.end());
  gss_buffer_desc input{token_copy.size(), token_copy.data()};
  gss_channel_bindings_struct bindings{};
  bindings.application_data = {binding_copy.size(), binding_copy.data()};
  gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
  gss_name_t source = GSS_C_NO_NAME;
  OM_uint32 flags = 0;
  OM_uint32 minor = 0;
  const OM_uint32 major =
      gss_accept_sec_context(&minor, &context.state().context, credential_->handle, &input,
                             protection == ExtendedProtection::none ? GSS_C_NO_CHANNEL_BINDINGS : &bindings, &source,
                             nullptr, &output, &flags, nullptr, nullptr);
  KerberosStep step;
  const auto* begin = static_cast<const std::uint8_t*>(output.value);
  if (begin != nullptr) step.answer.assign(begin, begin + output.length);
  OM_uint32 ignored = 0;
  gss_release_buffer(&ignored, &output);
  if (GSS_ERROR(major) == 0) {
    step.state = (major & GSS_S_CONTINUE_NEEDED) != 0 ? KerberosStep::State::more : KerberosStep::State::accepted;
  }
  if (source != GSS_C_NO_NAME) {
    gss_buffer_desc name = GSS_C_EMPTY_BUFFER;
    if (gss_display_name(&ignored, source, &name, nullptr) == GSS_S_COMPLETE) {
      step.principal.assign(static_cast<const char*>(name.value), name.length);
      gss_release_buffer(&ignored, &name);
    }
    gss_release_name(&ignored, &source);
  }
  const bool bound = (flags & GSS_C_CHANNEL_BOUND_FLAG) != 0;
  if (step.state == KerberosStep::State::accepted && protection == ExtendedProtection::require && !bound) {
    step.state = KerberosStep::State::refused;
  }
  return step;
}

}  // namespace mailward::exchange_sim
