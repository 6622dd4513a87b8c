#include "directory/ldap_connection.h"

#include <ldap.h>
#include <openldap.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>

#include "base/bytes.h"
#include "base/channel_binding.h"
#include "base/tls.h"
#include "directory/ldap_socket.h"
#include "kerberos/sasl_client.h"

namespace mailward::directory {
namespace {

constexpr std::size_t kReadLimit = 16U << 20U;
constexpr ber_len_t kMessageLimit = 4U << 20U;
constexpr std::uint16_t kLdapsPort = 636;
/// How long a failed handshake is looked into.
constexpr std::chrono::seconds kDiagnosisTime{5};

struct Unbind {
  void operator()(LDAP* handle) const { ldap_unbind_ext(handle, nullptr, nullptr); }
};
struct FreeMessage {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;

/// libldap's TLS takes trusted certificates only as a file's name; memory has one too.
Result<FileDescriptor> trust_file(const CertificateTrust& trust) {
  if (trust.is_system()) return FileDescriptor();
  FileDescriptor file(memfd_create("trust.pem", MFD_CLOEXEC));
  const std::string& pem = trust.pem();
  if (!file || ::write(file.get(), pem.data(), pem.size()) != static_cast<ssize_t>(pem.size())) {
    return fail(DirectoryError::other, "cannot hand the trusted certificates to libldap");
  }
  return file;
}

std::string trust_path(const FileDescriptor& file) {
  return file ? "/proc/self/fd/" + std::to_string(file.get()) : std::string("/etc/ssl/certs/ca-certificates.crt");
}

Error diagnosed(const TlsDiagnosis& diagnosis, const Controller& controller) {
  DirectoryError code = DirectoryError::tls_failed;
  std::string remedy;
  switch (diagnosis.verdict) {
    case TlsVerdict::untrusted:
    case TlsVerdict::incomplete_chain:
      code = DirectoryError::tls_untrusted;
      remedy =
          "give the directory the certificate of the authority that issued the controller's (certutil -ca.cert on it)";
      break;
    case TlsVerdict::name_mismatch:
      code = DirectoryError::tls_name_mismatch;
      remedy = "use a controller's name that stands in its certificate";
      break;
    case TlsVerdict::expired:
    case TlsVerdict::not_yet_valid:
      code = DirectoryError::tls_expired;
      remedy = "renew the controller's certificate, or check this machine's clock";
      break;
    case TlsVerdict::not_tls:
      code = DirectoryError::protocol;
      break;
    default:
      break;
  }
  return Error(code, "TLS with the controller " + printable(controller.host) + " fails: " + diagnosis.detail)
      .with_remedy(remedy);
}

struct BindCode {
  std::string_view data;
  DirectoryError code;
  std::string_view words;
};
// Microsoft's table of Windows codes in the bind's diagnostic message.
constexpr std::array<BindCode, 10> kBindCodes{{
    {"525", DirectoryError::unknown_user, "no such account"},
    {"52e", DirectoryError::bad_password, "wrong name or password"},
    {"530", DirectoryError::logon_not_allowed, "sign-in is not allowed at this hour"},
    {"531", DirectoryError::logon_not_allowed, "sign-in is not allowed from this machine"},
    {"534", DirectoryError::logon_not_allowed, "this type of sign-in is not granted"},
    {"532", DirectoryError::password_expired, "the password has expired"},
    {"533", DirectoryError::account_disabled, "the account is disabled"},
    {"701", DirectoryError::account_expired, "the account has expired"},
    {"773", DirectoryError::must_change_password, "the password must be changed at the next sign-in"},
    {"775", DirectoryError::account_locked, "the account is locked"},
}};

}  // namespace

const std::vector<std::string>& Entry::all(std::string_view name) const {
  static const std::vector<std::string> none;
  auto found = attributes.find(name);
  return found == attributes.end() ? none : found->second;
}
const std::string& Entry::first(std::string_view name) const {
  static const std::string none;
  const auto& values = all(name);
  return values.empty() ? none : values.front();
}

namespace {

/// The server's own words, which are freed, on one line: Active Directory ends them with a line end.
std::string on_one_line(char* words) {
  std::string line(words != nullptr ? words : "");
  ldap_memfree(words);
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

const BindCode* bind_code_in(std::string_view diagnostic_message) {
  const auto at = diagnostic_message.find(", data ");
  if (at == std::string_view::npos) return nullptr;
  const std::string_view rest = diagnostic_message.substr(at + 7);
  const auto known =
      std::ranges::find(kBindCodes, lower_case(rest.substr(0, rest.find_first_of(", \0"))), &BindCode::data);
  return known == kBindCodes.end() ? nullptr : known;
}

}  // namespace

Error bind_refusal(std::string_view diagnostic_message) {
  const std::string said = printable(diagnostic_message);
  if (const BindCode* known = bind_code_in(diagnostic_message)) {
    return {known->code, "the controller refuses the sign-in: " + std::string(known->words) + " (" + said + ")"};
  }
  return {DirectoryError::bad_password, "the controller refuses the sign-in: " + said};
}

Error ticket_refusal(std::string_view diagnostic_message) {
  const std::string said = printable(diagnostic_message);
  const BindCode* known = bind_code_in(diagnostic_message);
  const bool of_account =
      known != nullptr && known->code != DirectoryError::bad_password && known->code != DirectoryError::unknown_user;
  if (of_account) {
    return {known->code, "the controller refuses the sign-in: " + std::string(known->words) + " (" + said + ")"};
  }
  // SEC_E_BAD_BINDINGS (MS-ERREF 2.1).
  const bool other_channel = lower_case(diagnostic_message).contains("80090346");
  return Error(DirectoryError::other, "the controller refuses the sign-in's ticket: " + said)
      .with_remedy(other_channel
                       ? "something between this machine and the controller ends TLS: let it pass, or name the "
                         "controllers themselves"
                       : "look whether the controller's own account and clock are in order");
}

struct LdapConnection::State {
  Controller controller;
  LdapSocket socket;
  FileDescriptor trust;
  std::unique_ptr<LDAP, Unbind> ldap;

  State(const Controller& given, FileDescriptor connected, Deadline deadline, std::stop_token stop)
      : controller(given), socket(std::move(connected), deadline, std::move(stop), kReadLimit) {}

  Status prepare(const CertificateTrust& trusted);
  Status start_tls();
  Status install_tls();
  /// The message that ends the operation, or each entry of it.
  Result<Message> result(int id, int which);
  Error failed(int code, std::string_view doing);
  std::string diagnostic_message();
  struct Outcome {
    int code = LDAP_OTHER;
    std::string words;
  };
  /// The result code and the server's words.
  Outcome outcome_in(LDAPMessage* message) const;
  /// Of the certificate that the controller showed; empty where it has none.
  Bytes channel_binding() const;
};

Status LdapConnection::State::prepare(const CertificateTrust& trusted) {
  // libldap makes its global options at the first call of the process, for which two threads would race.
  static std::once_flag begun;
  std::call_once(begun, [] {
    int ours = 0;
    ldap_get_option(nullptr, LDAP_OPT_PROTOCOL_VERSION, &ours);
  });
  std::string host = controller.host.find(':') != std::string::npos ? "[" + controller.host + "]" : controller.host;
  std::string url = "ldap://" + host;
  LDAP* handle = nullptr;
  if (ldap_init_fd(socket.fd(), LDAP_PROTO_EXT, url.c_str(), &handle) != LDAP_SUCCESS) {
    return fail(BaseError::invalid_argument, "not a controller's name: " + printable(controller.host, 60));
  }
  ldap.reset(handle);
  Sockbuf* buffer = nullptr;
  ldap_get_option(handle, LDAP_OPT_SOCKBUF, static_cast<void*>(&buffer));
  MW_CHECK(socket.install(buffer));
  ber_len_t message_limit = kMessageLimit;
  ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &message_limit);

  MW_TRY(trust, trust_file(trusted));
  int version = LDAP_VERSION3;
  int demand = LDAP_OPT_X_TLS_HARD;
  int never = LDAP_DEREF_NEVER;
  int client = 0;
  std::string path = trust_path(trust);
  bool set = ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS &&
             ldap_set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
             ldap_set_option(handle, LDAP_OPT_RESTART, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
             ldap_set_option(handle, LDAP_OPT_DEREF, &never) == LDAP_OPT_SUCCESS &&
             ldap_set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == LDAP_OPT_SUCCESS &&
             ldap_set_option(handle, LDAP_OPT_X_TLS_CACERTFILE, path.c_str()) == LDAP_OPT_SUCCESS &&
             ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS;
  if (!set)
    return fail(DirectoryError::tls_failed, "libldap does not take the TLS settings or the trusted certificates");
  return {};
}

std::string LdapConnection::State::diagnostic_message() {
  char* words = nullptr;
  ldap_get_option(ldap.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&words));
  return on_one_line(words);
}

LdapConnection::State::Outcome LdapConnection::State::outcome_in(LDAPMessage* message) const {
  Outcome outcome;
  char* words = nullptr;
  if (ldap_parse_result(ldap.get(), message, &outcome.code, nullptr, &words, nullptr, nullptr, 0) != LDAP_SUCCESS) {
    outcome.code = LDAP_DECODING_ERROR;
  }
  outcome.words = on_one_line(words);
  return outcome;
}

Bytes LdapConnection::State::channel_binding() const {
  berval certificate{};
  if (ldap_get_option(ldap.get(), LDAP_OPT_X_TLS_PEERCERT, &certificate) != LDAP_OPT_SUCCESS) return {};
  auto binding = tls_server_end_point(as_bytes({certificate.bv_val, certificate.bv_len}));
  ldap_memfree(certificate.bv_val);
  return binding ? *std::move(binding) : Bytes();
}

Error LdapConnection::State::failed(int code, std::string_view doing) {
  if (auto ended = socket.check()) return *ended;
  std::string message = std::string(doing) + " at " + printable(controller.host) + ": " + ldap_err2string(code);
  if (std::string words = diagnostic_message(); !words.empty()) message += " (" + printable(words) + ")";
  switch (code) {
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_STRONG_AUTH_REQUIRED:
      return {DirectoryError::insufficient_rights, message};
    case LDAP_SIZELIMIT_EXCEEDED:
    case LDAP_ADMINLIMIT_EXCEEDED:
      return {DirectoryError::too_large, message};
    case LDAP_TIMELIMIT_EXCEEDED:
    case LDAP_TIMEOUT:
      return {DirectoryError::timed_out, message};
    case LDAP_SERVER_DOWN:
    case LDAP_DECODING_ERROR:
    case LDAP_PROTOCOL_ERROR:
      return {DirectoryError::protocol, message};
    default:
      return {DirectoryError::other, message};
  }
}

Result<Message> LdapConnection::State::result(int id, int which) {
  for (;;) {
    timeval slice{.tv_sec = 0, .tv_usec = 50'000};
    LDAPMessage* raw = nullptr;
    int type = ldap_result(ldap.get(), id, which, &slice, &raw);
    Message message(raw);
    if (type > 0) return message;
    if (auto ended = socket.check()) {
      ldap_abandon_ext(ldap.get(), id, nullptr, nullptr);
      return fail(*ended);
    }
    if (type < 0) {
      int code = LDAP_OTHER;
      ldap_get_option(ldap.get(), LDAP_OPT_RESULT_CODE, &code);
      return fail(failed(code, "reading the answer"));
    }
  }
}

Status LdapConnection::State::start_tls() {
  int id = 0;
  int code = ldap_start_tls(ldap.get(), nullptr, nullptr, &id);
  if (code != LDAP_SUCCESS) return fail(failed(code, "asking for StartTLS"));
  MW_TRY(Message message, result(id, LDAP_MSG_ALL));
  const auto [answer, said] = outcome_in(message.get());
  if (answer != LDAP_SUCCESS) {
    return std::unexpected(
        Error(DirectoryError::start_tls_refused, "the controller " + printable(controller.host) +
                                                     " offers no StartTLS: " + ldap_err2string(answer) + " " +
                                                     printable(said))
            .with_remedy("give the controller a certificate for server authentication, or use LDAPS"));
  }
  return {};
}

Status LdapConnection::State::install_tls() {
  int code = ldap_install_tls(ldap.get());
  if (code == LDAP_SUCCESS && ldap_tls_inplace(ldap.get()) != 0) {
    // Asked afterwards and not set before: libldap leaks 8 KB for each context with a cipher suite of its own.
    char* version = nullptr;
    ldap_get_option(ldap.get(), LDAP_OPT_X_TLS_VERSION, static_cast<void*>(&version));
    std::string spoken = version != nullptr ? version : "nothing known";
    ldap_memfree(version);
    if (spoken == "TLS1.3" || spoken == "TLS1.2") return {};
    return fail(DirectoryError::tls_failed,
                "the controller " + printable(controller.host) + " speaks " + spoken + "; TLS 1.2 is the least");
  }
  if (auto ended = socket.check()) return fail(*ended);
  return fail(DirectoryError::tls_failed,
              "TLS with the controller " + printable(controller.host) + " fails: " + printable(diagnostic_message()));
}

LdapConnection::LdapConnection(std::unique_ptr<State> state) : state_(std::move(state)) {}
LdapConnection::~LdapConnection() = default;

Result<std::unique_ptr<LdapConnection>> LdapConnection::open(const Controller& controller, const SocketAddress& address,
                                                             const CertificateTrust& trust, Deadline deadline,
                                                             const std::stop_token& stop) {
  MW_TRY(FileDescriptor connected, connect_tcp(address, deadline, stop));
  auto state = std::make_unique<State>(controller, std::move(connected), deadline, stop);
  MW_CHECK(state->prepare(trust));
  if (controller.security == LdapSecurity::start_tls) MW_CHECK(state->start_tls());
  if (auto shaken = state->install_tls(); !shaken) {
    if (!shaken.error().is(DirectoryError::tls_failed)) return std::unexpected(std::move(shaken).error());
    // GnuTLS says little; a second handshake by OpenSSL finds out more. Behind StartTLS the certificate is that of port
    // 636.
    SocketAddress looked_at =
        controller.security == LdapSecurity::ldaps ? address : SocketAddress{address.ip, kLdapsPort};
    auto diagnosis =
        diagnose_tls(looked_at, controller.host, trust, deadline.earlier_of(Deadline::after(kDiagnosisTime)), stop);
    if (!diagnosis || diagnosis->verdict == TlsVerdict::ok) return std::unexpected(std::move(shaken).error());
    return fail(diagnosed(*diagnosis, controller));
  }
  return std::unique_ptr<LdapConnection>(new LdapConnection(std::move(state)));
}

Status LdapConnection::bind(const std::string& name, const SecretString& password) {
  // RFC 4513 5.1.2: a name without a password would be an anonymous success.
  if (name.empty() || password.empty()) return fail(BaseError::invalid_argument, "a reader has a name and a password");
  LDAP* ldap = state_->ldap.get();
  berval secret{password.size(), const_cast<char*>(password.reveal().data())};
  int id = 0;
  int code = ldap_sasl_bind(ldap, name.c_str(), LDAP_SASL_SIMPLE, &secret, nullptr, nullptr, &id);
  if (code != LDAP_SUCCESS) return fail(state_->failed(code, "signing in"));
  MW_TRY(Message message, state_->result(id, LDAP_MSG_ALL));
  const auto [answer, said] = state_->outcome_in(message.get());
  if (answer == LDAP_SUCCESS) return {};
  if (answer == LDAP_INVALID_CREDENTIALS) return fail(bind_refusal(said));
  return fail(state_->failed(answer, "signing in"));
}

Status LdapConnection::bind(const kerberos::Tickets& tickets, const kerberos::ServiceTicket& ticket) {
  LDAP* ldap = state_->ldap.get();
  MW_TRY(kerberos::SaslClient client, kerberos::SaslClient::make(tickets, ticket, state_->channel_binding()));
  std::string challenge;
  // Three rounds by RFC 4752; what takes more never ends.
  for (int round = 0; round < 5; ++round) {
    MW_TRY(std::string token, client.step(challenge));
    berval credentials{token.size(), token.data()};
    int id = 0;
    int code = ldap_sasl_bind(ldap, "", "GSSAPI", &credentials, nullptr, nullptr, &id);
    if (code != LDAP_SUCCESS) return fail(state_->failed(code, "signing in"));
    MW_TRY(Message message, state_->result(id, LDAP_MSG_ALL));
    berval* theirs = nullptr;
    ldap_parse_sasl_bind_result(ldap, message.get(), &theirs, 0);
    challenge = theirs != nullptr ? std::string(theirs->bv_val, theirs->bv_len) : std::string();
    ber_bvfree(theirs);
    const auto [answer, said] = state_->outcome_in(message.get());
    if (answer == LDAP_SUCCESS) {
      if (client.complete()) return {};
      return fail(DirectoryError::protocol,
                  "the controller " + printable(state_->controller.host) + " signs in without having proved itself");
    }
    if (answer != LDAP_SASL_BIND_IN_PROGRESS) {
      return fail(answer == LDAP_INVALID_CREDENTIALS ? ticket_refusal(said) : state_->failed(answer, "signing in"));
    }
  }
  return fail(DirectoryError::protocol, "signing in at " + printable(state_->controller.host) + " never ends");
}

Error refused_change(std::string_view host, int result, std::string_view diagnostic_message) {
  const std::string said = printable(diagnostic_message, 300);
  const auto holds = [&](std::string_view code) { return diagnostic_message.find(code) != std::string_view::npos; };
  const std::string at = printable(host);
  if (result == LDAP_INSUFFICIENT_ACCESS) {
    return {DirectoryError::insufficient_rights, at + " does not let this account do that (" + said + ")"};
  }
  if (result == LDAP_CONSTRAINT_VIOLATION && holds("0000052D")) {
    return {DirectoryError::password_rejected,
            at + " rejects the new password: the policy in force forbids it (" + said + ")"};
  }
  if (result == LDAP_CONSTRAINT_VIOLATION && holds("00000056")) {
    return {DirectoryError::old_password_refused, at + " refuses the old password (" + said + ")"};
  }
  if (result == LDAP_NO_SUCH_OBJECT) return {DirectoryError::not_found, at + " does not know that entry"};
  return {DirectoryError::other, at + " refuses the change: " + ldap_err2string(result) + " (" + said + ")"};
}

Status LdapConnection::modify(const std::string& dn, const std::vector<Change>& changes) {
  LDAP* ldap = state_->ldap.get();
  struct Part {
    berval value{};
    std::array<berval*, 2> values{};
    LDAPMod mod{};
  };
  std::vector<Part> parts(changes.size());
  std::vector<LDAPMod*> mods;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    Part& part = parts[i];
    part.value = {change.value.size(), const_cast<char*>(change.value.reveal().data())};
    part.values = {&part.value, nullptr};
    const int kind = change.kind == Change::Kind::add      ? LDAP_MOD_ADD
                     : change.kind == Change::Kind::remove ? LDAP_MOD_DELETE
                                                           : LDAP_MOD_REPLACE;
    part.mod.mod_op = kind | LDAP_MOD_BVALUES;
    part.mod.mod_type = const_cast<char*>(change.attribute.c_str());
    part.mod.mod_bvalues = part.values.data();
    mods.push_back(&part.mod);
  }
  mods.push_back(nullptr);
  const auto unknown = [&](Error why) {
    return fail(Error(DirectoryError::outcome_unknown,
                      "the change was sent to " + printable(state_->controller.host) + ", and no answer came")
                    .caused_by(std::move(why)));
  };
  int id = 0;
  const int code = ldap_modify_ext(ldap, dn.c_str(), mods.data(), nullptr, nullptr, &id);
  if (code == LDAP_ENCODING_ERROR || code == LDAP_PARAM_ERROR || code == LDAP_NO_MEMORY) {
    return fail(state_->failed(code, "writing the change"));
  }
  if (code != LDAP_SUCCESS) return unknown(state_->failed(code, "sending the change"));
  auto message = state_->result(id, LDAP_MSG_ALL);
  if (!message) return unknown(std::move(message).error());
  const auto [answer, said] = state_->outcome_in(message->get());
  if (answer == LDAP_DECODING_ERROR) return unknown(state_->failed(answer, "reading the answer"));
  if (answer == LDAP_SUCCESS) return {};
  return fail(refused_change(state_->controller.host, answer, said));
}

Result<std::vector<Entry>> LdapConnection::search(const Search& search) {
  LDAP* ldap = state_->ldap.get();
  std::vector<char*> wanted;
  wanted.reserve(search.attributes.size() + 1);
  for (const auto& attribute : search.attributes) wanted.push_back(const_cast<char*>(attribute.c_str()));
  wanted.push_back(nullptr);
  // SEQUENCE { INTEGER owner, group and discretionary list }
  std::array<char, 5> which{0x30, 0x03, 0x02, 0x01, 0x07};
  std::string sd_flags = "1.2.840.113556.1.4.801";
  LDAPControl control{.ldctl_oid = sd_flags.data(), .ldctl_value = {which.size(), which.data()}, .ldctl_iscritical = 1};
  std::array<LDAPControl*, 2> controls{&control, nullptr};
  int id = 0;
  int code =
      ldap_search_ext(ldap, search.base.c_str(), search.scope == Scope::base ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE,
                      search.filter.c_str(), wanted.data(), 0, search.with_access_list ? controls.data() : nullptr,
                      nullptr, nullptr, search.limit + 1, &id);
  if (code != LDAP_SUCCESS) return fail(state_->failed(code, "searching"));
  std::vector<Entry> entries;
  for (;;) {
    MW_TRY(Message message, state_->result(id, LDAP_MSG_ONE));
    int type = ldap_msgtype(message.get());
    if (type == LDAP_RES_SEARCH_ENTRY) {
      Entry entry;
      char* dn = ldap_get_dn(ldap, message.get());
      entry.dn = dn != nullptr ? dn : "";
      ldap_memfree(dn);
      BerElement* cursor = nullptr;
      for (char* name = ldap_first_attribute(ldap, message.get(), &cursor); name != nullptr;
           name = ldap_next_attribute(ldap, message.get(), cursor)) {
        auto& values = entry.attributes[lower_case(name)];
        berval** raw = ldap_get_values_len(ldap, message.get(), name);
        for (int i = 0; raw != nullptr && raw[i] != nullptr; ++i) values.emplace_back(raw[i]->bv_val, raw[i]->bv_len);
        ldap_value_free_len(raw);
        ldap_memfree(name);
      }
      ber_free(cursor, 0);
      entries.push_back(std::move(entry));
      if (entries.size() > static_cast<std::size_t>(search.limit)) {
        ldap_abandon_ext(ldap, id, nullptr, nullptr);
        return fail(DirectoryError::too_large, "more than " + std::to_string(search.limit) + " entries answer");
      }
    } else if (type == LDAP_RES_SEARCH_RESULT) {
      int answer = LDAP_OTHER;
      ldap_parse_result(ldap, message.get(), &answer, nullptr, nullptr, nullptr, nullptr, 0);
      if (answer == LDAP_SUCCESS || answer == LDAP_NO_SUCH_OBJECT || answer == LDAP_REFERRAL) return entries;
      return fail(state_->failed(answer, "searching"));
    }
    // What remains are references to other domains, which are not followed.
  }
}

}  // namespace mailward::directory
