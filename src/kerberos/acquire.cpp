#include <cstring>

#include "kerberos/kdc_exchange.h"
#include "kerberos/private_context.h"
#include "kerberos/refusal.h"
#include "kerberos/tickets.h"
#include "kerberos/tickets_state.h"

namespace mailward::kerberos {
namespace {

constexpr std::chrono::seconds kGreatestSkew{300};
constexpr std::size_t kLongestName = 1024;

// RFC 4120 7.5.9, RFC 6113 for 91, RFC 6806 for 68: after these a conversation goes on; any other error ends it.
constexpr std::uint32_t kPreauthRequired = 25;
constexpr std::uint32_t kWrongRealm = 68;
constexpr std::uint32_t kMorePreauthDataRequired = 91;

using OwnedPrincipal = Owned<krb5_principal, krb5_free_principal>;
using OwnedError = Owned<krb5_error*, krb5_free_error>;
using OwnedOptions = Owned<krb5_get_init_creds_opt*, krb5_get_init_creds_opt_free>;
using OwnedInitialCreds = Owned<krb5_init_creds_context, krb5_init_creds_free>;

struct Name {
  std::string text;
  bool enterprise = false;
};

Result<Name> read_name(std::string_view given) {
  if (auto slash = given.find('\\'); slash != std::string_view::npos) given.remove_prefix(slash + 1);
  bool bad = given.empty() || given.size() > kLongestName || given.find('\0') != std::string_view::npos ||
             !is_utf8(given) || given.front() == '@' || given.back() == '@';
  if (bad) return fail(BaseError::invalid_argument, "not an account's name: " + printable(given, 60));
  return Name{std::string(given), given.find('@') != std::string_view::npos};
}

Status make_principal(const PrivateContext& context, const std::string& realm, const Name& name, krb5_principal* out) {
  krb5_error_code code = krb5_build_principal(context.get(), out, static_cast<unsigned>(realm.size()), realm.c_str(),
                                              name.text.c_str(), nullptr);
  if (code != 0) return std::unexpected(library_refusal(Phase::initial, context, code));
  (*out)->type = name.enterprise ? KRB5_NT_ENTERPRISE_PRINCIPAL : KRB5_NT_PRINCIPAL;
  return {};
}

/// One conversation for initial credentials: asks, hears, and ends at the first answer that is not a demand for more.
class InitialConversation {
 public:
  InitialConversation(const PrivateContext& context, KdcExchange& exchange, krb5_init_creds_context creds)
      : context_(context), exchange_(exchange), creds_(creds) {}

  Status run() {
    krb5_context krb5 = context_.get();
    Bytes answer;
    for (int round = 0; round < 12; ++round) {
      krb5_data in{};
      in.data = reinterpret_cast<char*>(answer.data());
      in.length = static_cast<unsigned>(answer.size());
      OwnedData request(krb5);
      OwnedData realm(krb5);
      unsigned flags = 0;
      krb5_error_code code = krb5_init_creds_step(krb5, creds_, &in, request.out(), realm.out(), &flags);
      if (code != 0) return std::unexpected(step_failed(code));
      if ((flags & KRB5_INIT_CREDS_STEP_FLAG_CONTINUE) == 0) return {};
      if (proves_password_) ++proofs_sent_;
      MW_TRY(answer, exchange_.ask(realm.text(), as_bytes(request.text()),
                                   proves_password_ ? Weight::proves_password : Weight::harmless));
      MW_CHECK(hear(answer));
    }
    return fail(KerberosError::malformed_answer, "the controller never comes to an end");
  }

  std::optional<std::chrono::seconds> clock_difference() const { return clock_difference_; }

 private:
  Error step_failed(krb5_error_code code) const {
    // The controller did not ask for a proof, and its answer cannot be opened with this password: it heard nothing of
    // it.
    if (code == KRB5KRB_AP_ERR_BAD_INTEGRITY) {
      return {KerberosError::bad_password, "the answer cannot be opened with this password"};
    }
    return library_refusal(Phase::initial, context_, code);
  }

  Status hear(Bytes& answer) {
    krb5_data data{};
    data.data = reinterpret_cast<char*>(answer.data());
    data.length = static_cast<unsigned>(answer.size());
    constexpr std::uint8_t kErrorTag = 0x7e;    // [APPLICATION 30]
    constexpr std::uint8_t kAsReplyTag = 0x6b;  // [APPLICATION 11]
    if (answer.front() == kAsReplyTag) return {};
    OwnedError error(context_.get());
    if (answer.front() != kErrorTag || krb5_rd_error(context_.get(), &data, error.out()) != 0) {
      return fail(KerberosError::malformed_answer,
                  "what answers at " + exchange_.controller().text() + " does not speak Kerberos");
    }
    // Whatever else the server's name says: a clock that differs too much would have the proof refused.
    MW_CHECK(compare_clocks(error->stime));
    auto code = static_cast<std::uint32_t>(error->error);
    switch (code) {
      case kWrongRealm:
        proves_password_ = false;
        return {};
      case kPreauthRequired:
      case kMorePreauthDataRequired:
        if (code == kPreauthRequired && proofs_sent_ > 0) break;
        proves_password_ = true;
        return {};
      default:
        break;
    }
    BytesView e_data{reinterpret_cast<const std::uint8_t*>(error->e_data.data), error->e_data.length};
    std::string words = context_.words(ERROR_TABLE_BASE_krb5 + static_cast<krb5_error_code>(code));
    if (code == kPreauthRequired)
      return std::unexpected(
          Error(KerberosError::bad_password, "the controller asks for another proof than the password"));
    return std::unexpected(refusal(Phase::initial, code, nt_status_of(e_data), words));
  }

  Status compare_clocks(krb5_timestamp theirs) {
    krb5_timestamp ours = 0;
    if (theirs == 0 || krb5_timeofday(context_.get(), &ours) != 0) return {};
    auto difference = std::chrono::duration_cast<std::chrono::seconds>(moment_of(theirs) - moment_of(ours));
    clock_difference_ = difference;
    if (std::chrono::abs(difference) <= kGreatestSkew) return {};
    return std::unexpected(
        Error(KerberosError::clock_skew, "the controller's clock is " + std::to_string(std::abs(difference.count())) +
                                             " seconds " + (difference.count() > 0 ? "ahead of" : "behind") +
                                             " ours; Kerberos allows 300")
            .with_remedy("set this machine's clock by the domain's time source (w32tm /query /status on a controller "
                         "shows it)"));
  }

  const PrivateContext& context_;
  KdcExchange& exchange_;
  krb5_init_creds_context creds_;
  bool proves_password_ = false;  ///< what goes out next
  int proofs_sent_ = 0;
  std::optional<std::chrono::seconds> clock_difference_;
};

}  // namespace

Result<Tickets> acquire(const Settings& settings, std::string_view principal, const SecretString& password,
                        Deadline deadline, std::stop_token stop) {
  if (password.empty() || password.reveal().find('\0') != std::string_view::npos) {
    return fail(BaseError::invalid_argument, "a password is not empty and has no NUL");
  }
  MW_TRY(Name name, read_name(principal));
  Settings upper = settings;
  auto raise = [](std::string& realm) {
    for (char& letter : realm) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  };
  raise(upper.home.name);
  for (Realm& other : upper.others) raise(other.name);
  MW_TRY(PrivateContext made, PrivateContext::make(upper.home.name, upper.clock_offset));
  auto state = std::make_unique<Tickets::State>(upper, std::move(made));
  krb5_context krb5 = state->context.get();
  auto failed = [&](krb5_error_code code) {
    return std::unexpected(library_refusal(Phase::initial, state->context, code));
  };

  OwnedPrincipal client(krb5);
  MW_CHECK(make_principal(state->context, upper.home.name, name, client.out()));
  OwnedOptions options(krb5);
  if (auto code = krb5_get_init_creds_opt_alloc(krb5, options.out()); code != 0) return failed(code);
  krb5_get_init_creds_opt_set_canonicalize(options.get(), 1);
  krb5_get_init_creds_opt_set_forwardable(options.get(), 0);
  krb5_get_init_creds_opt_set_proxiable(options.get(), 0);
  OwnedInitialCreds creds(krb5);
  if (auto code = krb5_init_creds_init(krb5, client.get(), nullptr, nullptr, 0, options.get(), creds.out());
      code != 0) {
    return failed(code);
  }
  // A SecretString is followed by a NUL, and has none inside.
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage)
  if (auto code = krb5_init_creds_set_password(krb5, creds.get(), password.reveal().data()); code != 0)
    return failed(code);

  KdcExchange exchange(upper, deadline, std::move(stop));
  InitialConversation conversation(state->context, exchange, creds.get());
  MW_CHECK(conversation.run());
  OwnedCredentials credentials(krb5);
  if (auto code = krb5_init_creds_get_creds(krb5, creds.get(), credentials.get()); code != 0) return failed(code);
  MW_CHECK(state->keep(credentials.get()));
  state->controller = exchange.controller();
  state->clock_difference = conversation.clock_difference();
  return Tickets(std::move(state));
}

}  // namespace mailward::kerberos
