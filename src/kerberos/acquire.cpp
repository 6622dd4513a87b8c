#include <algorithm>
#include <array>
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

char upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

/// Whether two names are the same but for the case of ASCII letters.
bool same_name(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, {}, upper, upper);
}

bool is_home(const Settings& settings, std::string_view domain) {
  const std::string_view realm = settings.home.name;
  return !domain.empty() && (same_name(domain, settings.domain) || same_name(domain, realm) ||
                             same_name(domain, realm.substr(0, realm.find('.'))));
}

Result<Name> read_name(const Settings& settings, std::string_view given) {
  if (auto slash = given.find('\\'); slash != std::string_view::npos) {
    const std::string_view domain = given.substr(0, slash);
    if (!is_home(settings, domain)) {
      return std::unexpected(
          Error(KerberosError::foreign_domain, "the account's domain " + printable(domain, 60) +
                                                   " is not that of the realm " + printable(settings.home.name, 60) +
                                                   ": its password is not tried on another account there")
              .with_remedy("give the account as a UPN, or set the domain's NetBIOS name in the directory's settings"));
    }
    given.remove_prefix(slash + 1);
  }
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

/// Whether a controller that has had a proof says by this that it judged the password, or that it never came to that.
bool settles_proof(const Error& error) {
  using enum KerberosError;
  constexpr std::array kSettling{bad_password,   password_expired, must_change_password, account_disabled,
                                 account_locked, account_expired,  account_revoked,      not_allowed_now,
                                 unknown_user,   clock_skew,       etype_mismatch};
  return std::ranges::any_of(kSettling, [&](KerberosError code) { return error.is(code); });
}

/// One conversation for initial credentials: asks, hears, and ends at the first answer that is not a demand for more.
class InitialConversation {
 public:
  InitialConversation(const PrivateContext& context, KdcExchange& exchange, krb5_init_creds_context creds)
      : context_(context), exchange_(exchange), creds_(creds) {}

  /// Once a proof was sent, an end that does not settle it is KerberosError::unanswered.
  Status run() {
    Status end = converse();
    if (end || !exchange_.proof_sent() || end.error().is(KerberosError::unanswered) || settles_proof(end.error()))
      return end;
    return std::unexpected(unsettled(std::move(end).error()));
  }

  std::optional<std::chrono::seconds> clock_difference() const { return clock_difference_; }

 private:
  Status converse() {
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
      MW_TRY(answer, exchange_.ask(realm.text(), as_bytes(request.text()),
                                   proves_password_ ? Weight::proves_password : Weight::harmless));
      MW_CHECK(hear(answer));
    }
    return fail(KerberosError::malformed_answer, "the controller never comes to an end");
  }

  Error unsettled(Error cause) const {
    return Error(KerberosError::unanswered, "the controller " + exchange_.controller().text() +
                                                " took the password's proof and did not say whether it is right; it "
                                                "may have counted it")
        .caused_by(std::move(cause));
  }

  Error step_failed(krb5_error_code code) const {
    if (exchange_.proof_sent()) {
      // An answer that libkrb5 cannot use refuses nothing; only a clock that differs is read from within a good one.
      Error error = library_refusal(Phase::initial, context_, code);
      return code == KRB5_KDCREP_SKEW ? error : unsettled(std::move(error));
    }
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
    // Whatever else the server's name says: a clock that differs too much would have the proof refused. After the proof
    // the refusal itself counts, and the time beside it says nothing.
    Status clocks = compare_clocks(error->stime);
    if (!exchange_.proof_sent()) MW_CHECK(clocks);
    auto code = static_cast<std::uint32_t>(error->error);
    switch (code) {
      case kWrongRealm:
        proves_password_ = false;
        return {};
      case kPreauthRequired:
      case kMorePreauthDataRequired:
        if (code == kPreauthRequired && exchange_.proof_sent()) break;
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
  std::optional<std::chrono::seconds> clock_difference_;
};

}  // namespace

Result<Tickets> acquire(const Settings& settings, std::string_view principal, const SecretString& password,
                        Deadline deadline, std::stop_token stop) {
  if (password.empty() || password.reveal().find('\0') != std::string_view::npos) {
    return fail(BaseError::invalid_argument, "a password is not empty and has no NUL");
  }
  MW_TRY(Name name, read_name(settings, principal));
  Settings raised = settings;
  std::ranges::transform(raised.home.name, raised.home.name.begin(), upper);
  for (Realm& other : raised.others) std::ranges::transform(other.name, other.name.begin(), upper);
  MW_TRY(PrivateContext made, PrivateContext::make(raised.home.name, raised.clock_offset));
  auto state = std::make_unique<Tickets::State>(raised, std::move(made));
  krb5_context krb5 = state->context.get();
  auto failed = [&](krb5_error_code code) {
    return std::unexpected(library_refusal(Phase::initial, state->context, code));
  };

  OwnedPrincipal client(krb5);
  MW_CHECK(make_principal(state->context, raised.home.name, name, client.out()));
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

  KdcExchange exchange(raised, deadline, std::move(stop));
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
