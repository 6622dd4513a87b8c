#include "kerberos/kdc_exchange.h"
#include "kerberos/private_context.h"
#include "kerberos/refusal.h"
#include "kerberos/tickets.h"
#include "kerberos/tickets_state.h"

namespace mailward::kerberos {
namespace {

using OwnedPrincipal = Owned<krb5_principal, krb5_free_principal>;
using OwnedError = Owned<krb5_error*, krb5_free_error>;
using OwnedTicketCreds = Owned<krb5_tkt_creds_context, krb5_tkt_creds_free>;
void close_cache(krb5_context context, krb5_ccache cache) {
  krb5_cc_close(context, cache);
}
using OwnedCache = Owned<krb5_ccache, close_cache>;
using OwnedTicket = Owned<krb5_ticket*, krb5_free_ticket>;

std::string encryption_name(krb5_enctype type) {
  char name[64] = "";
  if (krb5_enctype_to_name(type, 0, name, sizeof name) != 0) return "type " + std::to_string(type);
  return name;
}

/// The NTSTATUS of the last error that a controller answered with, if it did and gave one.
std::optional<std::uint32_t> status_in_answer(const PrivateContext& context, Bytes& answer) {
  krb5_data data{};
  data.data = reinterpret_cast<char*>(answer.data());
  data.length = static_cast<unsigned>(answer.size());
  OwnedError error(context.get());
  if (answer.empty() || answer.front() != 0x7e || krb5_rd_error(context.get(), &data, error.out()) != 0)
    return std::nullopt;
  return nt_status_of({reinterpret_cast<const std::uint8_t*>(error->e_data.data), error->e_data.length});
}

Status converse(const PrivateContext& context, KdcExchange& exchange, krb5_tkt_creds_context creds) {
  krb5_context krb5 = context.get();
  Bytes answer;
  for (int round = 0; round < 24; ++round) {
    krb5_data in{};
    in.data = reinterpret_cast<char*>(answer.data());
    in.length = static_cast<unsigned>(answer.size());
    OwnedData request(krb5);
    OwnedData realm(krb5);
    unsigned flags = 0;
    krb5_error_code code = krb5_tkt_creds_step(krb5, creds, &in, request.out(), realm.out(), &flags);
    if (code != 0)
      return std::unexpected(library_refusal(Phase::service, context, code, status_in_answer(context, answer)));
    if ((flags & KRB5_TKT_CREDS_STEP_FLAG_CONTINUE) == 0) return {};
    MW_TRY(answer, exchange.ask(realm.text(), as_bytes(request.text()), Weight::harmless));
  }
  return fail(KerberosError::malformed_answer, "the controllers refer to each other without end");
}

}  // namespace

Result<ServiceTicket> fetch_service_ticket(Tickets& tickets, std::string_view service, std::string_view host,
                                           Deadline deadline, std::stop_token stop) {
  auto usable = [](std::string_view text) {
    return !text.empty() && text.size() <= 255 && is_utf8(text) &&
           text.find_first_of(std::string_view("\0/@\\", 4)) == std::string_view::npos;
  };
  if (!usable(service) || !usable(host))
    return fail(BaseError::invalid_argument, "not a service's name: " + printable(host, 60));
  const Tickets::State& state = tickets.state();
  // A context of its own, so that no lock is held while the controller is asked.
  MW_TRY(PrivateContext context, PrivateContext::make(state.settings.home.name, state.settings.clock_offset));
  krb5_context krb5 = context.get();
  auto failed = [&](krb5_error_code code) { return std::unexpected(library_refusal(Phase::service, context, code)); };
  OwnedCache cache(krb5);
  if (auto code = krb5_cc_resolve(krb5, state.cache_name.c_str(), cache.out()); code != 0) return failed(code);
  OwnedPrincipal server(krb5);
  OwnedPrincipal client(krb5);
  std::string first(service);
  std::string second(host);
  if (auto code = krb5_build_principal(krb5, server.out(), static_cast<unsigned>(state.client_realm.size()),
                                       state.client_realm.c_str(), first.c_str(), second.c_str(), nullptr);
      code != 0) {
    return failed(code);
  }
  if (auto code = krb5_cc_get_principal(krb5, cache.get(), client.out()); code != 0) return failed(code);
  krb5_creds wanted{};
  wanted.client = client.get();
  wanted.server = server.get();
  OwnedTicketCreds creds(krb5);
  if (auto code = krb5_tkt_creds_init(krb5, cache.get(), &wanted, 0, creds.out()); code != 0) return failed(code);
  KdcExchange exchange(state.settings, deadline, std::move(stop));
  MW_CHECK(converse(context, exchange, creds.get()));
  OwnedCredentials got(krb5);
  if (auto code = krb5_tkt_creds_get_creds(krb5, creds.get(), got.get()); code != 0) return failed(code);

  ServiceTicket ticket;
  ticket.principal = first + "/" + second + "@" + state.client_realm;
  ticket.expires = moment_of(got->times.endtime);
  ticket.bytes = got->ticket.length;
  ticket.session_encryption = encryption_name(got->keyblock.enctype);
  OwnedTicket decoded(krb5);
  if (krb5_decode_ticket(&got->ticket, decoded.out()) == 0)
    ticket.encryption = encryption_name(decoded->enc_part.enctype);
  return ticket;
}

}  // namespace mailward::kerberos
