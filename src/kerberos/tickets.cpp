#include "kerberos/tickets.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include "kerberos/refusal.h"
#include "kerberos/tickets_state.h"

namespace mailward::kerberos {
namespace {

std::string gss_words(OM_uint32 minor, gss_OID mechanism) {
  OM_uint32 ignored = 0;
  OM_uint32 more = 0;
  gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
  gss_display_status(&ignored, minor, GSS_C_MECH_CODE, mechanism, &more, &text);
  std::string words(static_cast<const char*>(text.value), text.length);
  gss_release_buffer(&ignored, &text);
  return words;
}

// 1.3.6.1.5.5.2, SPNEGO (RFC 4178).
gss_OID_desc spnego() {
  return {6, const_cast<char*>("\x2b\x06\x01\x05\x05\x02")};
}

Result<gss_cred_id_t> credential_over(const std::string& cache_name) {
  gss_OID_desc mechanisms[] = {*gss_mech_krb5, spnego()};
  gss_OID_set_desc both{2, mechanisms};
  gss_OID_set_desc krb5_only{1, mechanisms};
  gss_key_value_element_desc element{"ccache", cache_name.c_str()};
  gss_key_value_set_desc store{1, &element};
  gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
  OM_uint32 minor = 0;
  OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &both, GSS_C_INITIATE, &store,
                                          &credential, nullptr, nullptr);
  if (GSS_ERROR(major))
    return fail(KerberosError::other, "GSSAPI does not take the tickets: " + gss_words(minor, gss_mech_krb5));
  major = gss_set_neg_mechs(&minor, credential, &krb5_only);
  if (GSS_ERROR(major)) {
    OM_uint32 ignored = 0;
    gss_release_cred(&ignored, &credential);
    return fail(KerberosError::other, "SPNEGO cannot be held to Kerberos");
  }
  return credential;
}

}  // namespace

Tickets::State::~State() {
  OM_uint32 ignored = 0;
  if (credential != nullptr) gss_release_cred(&ignored, &credential);
  if (cache != nullptr) krb5_cc_destroy(context.get(), cache);
}

Status Tickets::State::keep(krb5_creds* credentials) {
  krb5_context krb5 = context.get();
  krb5_error_code code = krb5_cc_new_unique(krb5, "MEMORY", nullptr, &cache);
  if (code == 0) code = krb5_cc_initialize(krb5, cache, credentials->client);
  if (code == 0) code = krb5_cc_store_cred(krb5, cache, credentials);
  char* name = nullptr;
  if (code == 0) code = krb5_unparse_name(krb5, credentials->client, &name);
  if (code != 0) return std::unexpected(library_refusal(Phase::initial, context, code));
  principal = name;
  krb5_free_unparsed_name(krb5, name);
  client_realm.assign(credentials->client->realm.data, credentials->client->realm.length);
  expires = moment_of(credentials->times.endtime);
  cache_name = std::string("MEMORY:") + krb5_cc_get_name(krb5, cache);
  MW_TRY(credential, credential_over(cache_name));
  return {};
}

Tickets::Tickets(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tickets::Tickets(Tickets&&) noexcept = default;
Tickets& Tickets::operator=(Tickets&&) noexcept = default;
Tickets::~Tickets() = default;

gss_cred_id_struct* Tickets::credential() const {
  return state_->credential;
}
const std::string& Tickets::principal() const {
  return state_->principal;
}
Timestamp Tickets::expires() const {
  return state_->expires;
}
const SocketAddress& Tickets::controller() const {
  return state_->controller;
}
std::optional<std::chrono::seconds> Tickets::clock_difference() const {
  return state_->clock_difference;
}

}  // namespace mailward::kerberos
