#include "kerberos/sasl_client.h"

#include <gssapi/gssapi_krb5.h>

#include <array>

namespace mailward::kerberos {
namespace {

constexpr char kNoLayer = 1;

std::string words_of(OM_uint32 minor) {
  OM_uint32 ignored = 0;
  OM_uint32 more = 0;
  gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
  gss_display_status(&ignored, minor, GSS_C_MECH_CODE, gss_mech_krb5, &more, &text);
  std::string words(static_cast<const char*>(text.value), text.length);
  gss_release_buffer(&ignored, &text);
  return printable(words, 200);
}

gss_buffer_desc buffer_of(std::string_view text) {
  return {text.size(), const_cast<char*>(text.data())};
}

std::string taken(gss_buffer_desc& buffer) {
  std::string text(static_cast<const char*>(buffer.value), buffer.length);
  OM_uint32 ignored = 0;
  gss_release_buffer(&ignored, &buffer);
  return text;
}

}  // namespace

struct SaslClient::State {
  enum class Stage { context, layer, complete };

  gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;  ///< the tickets'
  gss_name_t server = GSS_C_NO_NAME;
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  Bytes binding;
  Stage stage = Stage::context;

  State() = default;
  ~State() {
    OM_uint32 ignored = 0;
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    gss_release_name(&ignored, &server);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<std::string> establish(std::string_view challenge);
  Result<std::string> choose_layer(std::string_view challenge);
};

Result<std::string> SaslClient::State::establish(std::string_view challenge) {
  gss_channel_bindings_struct bindings{};
  bindings.application_data = buffer_of(as_text(binding));
  gss_buffer_desc in = buffer_of(challenge);
  gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
  OM_uint32 minor = 0;
  OM_uint32 flags = 0;
  const OM_uint32 major = gss_init_sec_context(
      &minor, credential, &context, server, gss_mech_krb5, GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG, 0,
      binding.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bindings, &in, nullptr, &out, &flags, nullptr);
  std::string token = taken(out);
  if (GSS_ERROR(major))
    return fail(KerberosError::malformed_answer, "the ticket's server proves nothing: " + words_of(minor));
  if (major == GSS_S_COMPLETE) {
    if ((flags & GSS_C_MUTUAL_FLAG) == 0) return fail(KerberosError::malformed_answer, "the controller proves nothing");
    stage = Stage::layer;
  }
  return token;
}

// RFC 4752 3.1: one byte of layers, three of the greatest size; in the answer the layer chosen, size 0, and whom to act
// for (nobody else).
Result<std::string> SaslClient::State::choose_layer(std::string_view challenge) {
  gss_buffer_desc in = buffer_of(challenge);
  gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
  OM_uint32 minor = 0;
  OM_uint32 major = gss_unwrap(&minor, context, &in, &out, nullptr, nullptr);
  const std::string offer = taken(out);
  if (GSS_ERROR(major) || offer.size() != 4)
    return fail(KerberosError::malformed_answer, "the controller's offer of layers cannot be read");
  if ((offer[0] & kNoLayer) == 0)
    return fail(KerberosError::malformed_answer, "the controller demands a layer of its own inside TLS");
  constexpr std::array<char, 4> kChoice{kNoLayer, 0, 0, 0};
  in = buffer_of({kChoice.data(), kChoice.size()});
  major = gss_wrap(&minor, context, 0, GSS_C_QOP_DEFAULT, &in, nullptr, &out);
  std::string choice = taken(out);
  if (GSS_ERROR(major)) return fail(KerberosError::other, "GSSAPI cannot write the choice: " + words_of(minor));
  stage = Stage::complete;
  return choice;
}

Result<SaslClient> SaslClient::make(const Tickets& tickets, const ServiceTicket& ticket, Bytes channel_binding) {
  auto state = std::make_unique<State>();
  state->credential = tickets.credential();
  state->binding = std::move(channel_binding);
  gss_buffer_desc text = buffer_of(ticket.principal);
  OM_uint32 minor = 0;
  if (GSS_ERROR(gss_import_name(&minor, &text, gss_nt_krb5_name, &state->server)))
    return fail(KerberosError::other, "GSSAPI does not take the name " + printable(ticket.principal));
  return SaslClient(std::move(state));
}

Result<std::string> SaslClient::step(std::string_view challenge) {
  switch (state_->stage) {
    case State::Stage::context:
      return state_->establish(challenge);
    case State::Stage::layer:
      return state_->choose_layer(challenge);
    case State::Stage::complete:
      break;
  }
  return fail(KerberosError::malformed_answer, "the controller asks for more than the mechanism has");
}

bool SaslClient::complete() const {
  return state_->stage == State::Stage::complete;
}

SaslClient::SaslClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
SaslClient::SaslClient(SaslClient&&) noexcept = default;
SaslClient& SaslClient::operator=(SaslClient&&) noexcept = default;
SaslClient::~SaslClient() = default;

}  // namespace mailward::kerberos
