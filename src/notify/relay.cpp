#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/tls.h"
#include "notify/attempt.h"
#include "notify/text.h"

namespace mailward::notify {

namespace {

using enum StageReport::Outcome;

constexpr std::size_t kMostReplyBytes = std::size_t{64} * 1024;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

/// One conversation: what we say, and what came back.
struct Conversation {
  std::string_view mail;
  std::size_t sent = 0;
  std::size_t reply_bytes = 0;
  int first_code = 0;
  int last_code = 0;
  std::string last_reply;
  bool signed_in = false;
  bool named_sender = false;  ///< we said MAIL: what comes before it went well
  const std::stop_token* stop = nullptr;
  Deadline deadline;
  std::array<char, CURL_ERROR_SIZE> words{};
};

std::size_t give_mail(char* to, std::size_t size, std::size_t count, void* context) {
  auto& talk = *static_cast<Conversation*>(context);
  const std::size_t piece = std::min(size * count, talk.mail.size() - talk.sent);
  std::memcpy(to, talk.mail.data() + talk.sent, piece);
  talk.sent += piece;
  return piece;
}

/// A line of the relay's replies (RFC 5321 4.2).
std::size_t take_reply(const char* data, std::size_t, std::size_t size, void* context) {
  auto& talk = *static_cast<Conversation*>(context);
  talk.reply_bytes += size;
  if (talk.reply_bytes > kMostReplyBytes) return 0;
  const std::string_view line(data, size);
  int code = 0;
  const std::string_view digits = line.substr(0, 3);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  if (error == std::errc() && end == digits.data() + 3) {
    // The answer to a QUIT, which libcurl says at the end, is none to anything before it.
    if (code == 221) return size;
    if (talk.first_code == 0) talk.first_code = code;
    talk.last_code = code;
    talk.signed_in = talk.signed_in || code == 235;
    talk.last_reply = one_line(trimmed(line), 300);
  }
  return size;
}

/// What is said to the relay: nothing is kept but whether the sender was named.
int on_said(CURL*, curl_infotype type, char* data, std::size_t size, void* context) {
  auto& talk = *static_cast<Conversation*>(context);
  if (type == CURLINFO_HEADER_OUT && std::string_view(data, size).starts_with("MAIL ")) talk.named_sender = true;
  return 0;
}

/// Asked about once a second, also while libcurl waits for an answer to its QUIT, for which its own limits do not hold.
int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& talk = *static_cast<Conversation*>(context);
  return talk.stop->stop_requested() || talk.deadline.expired() ? 1 : 0;
}

void set_trust(CURL* easy, const std::string& pem) {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (pem.empty()) return;
  curl_blob blob{.data = const_cast<char*>(pem.data()), .len = pem.size(), .flags = CURL_BLOB_COPY};
  curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
}

/// The names in the certificate that the server showed; nothing where TLS was not reached.
std::optional<std::string> certificate_names(CURL* easy) {
  curl_certinfo* chain = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr || chain->num_of_certs < 1) {
    return std::nullopt;
  }
  constexpr std::string_view kPem = "Cert:";
  for (const curl_slist* entry = chain->certinfo[0]; entry != nullptr; entry = entry->next) {
    const std::string_view text(entry->data);
    if (!text.starts_with(kPem)) continue;
    const auto described = describe_certificates(text.substr(kPem.size()));
    if (!described || described->empty()) break;
    std::string names;
    for (const std::string& name : described->front().dns_names) names += (names.empty() ? "" : ", ") + name;
    return "certificate for " + printable(names, 300) + ", until " + format_timestamp(described->front().not_after);
  }
  return "the certificate holds";
}

/// What came of the sign-in, once TLS stands. False where it ended there.
bool note_sign_in(Attempt& attempt, const ChannelForm& form, CURLcode code, const Conversation& talk) {
  if (talk.signed_in) {
    attempt.add(Stage::sign_in, ok, "as " + form.user);
  } else if (form.user.empty()) {
    attempt.add(Stage::sign_in, skipped, "nobody to sign in");
  } else if (code == CURLE_OK || talk.named_sender) {
    attempt.add(Stage::sign_in, skipped, "the relay does not ask for it");
  } else {
    return false;
  }
  return true;
}

/// Where it ended, and what that means. A stage that was not seen to be reached is not named.
Attempt ended(Attempt attempt, const Way& way, CURLcode code, CURL* easy, const Conversation& talk) {
  const ChannelForm& form = way.channel.form;
  const bool timed_out = code == CURLE_OPERATION_TIMEDOUT || talk.deadline.expired();
  const std::string said = talk.words[0] != '\0' ? talk.words.data() : curl_easy_strerror(code);
  const std::string words = timed_out ? "no answer in time" : one_line(said, 300);
  long connected = 0;
  char* ip = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &connected);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
  const bool no_connection =
      code == CURLE_COULDNT_CONNECT || (code != CURLE_OK && talk.first_code == 0 && connected == 0);
  if (no_connection) {
    return std::move(attempt).failing_at(Stage::connect, words, "see whether the relay runs, and a firewall between");
  }
  const std::string at = std::string(ip == nullptr ? "" : ip) + " port " + std::to_string(connected);
  const bool greeted = talk.first_code != 0;
  if (code != CURLE_OK && !greeted && form.security != Security::tls) {
    return std::move(attempt).failing_at(Stage::connect,
                                         at +
                                             (timed_out ? " takes the connection and says nothing: "
                                                        : " takes the connection and ends it without a greeting: ") +
                                             words,
                                         "see whether this is the port of an SMTP relay (465 begins with TLS: security "
                                         "tls), and whether the relay takes "
                                         "connections from this host");
  }
  attempt.add(Stage::connect, ok, at);

  if (code == CURLE_USE_SSL_FAILED) {
    return std::move(attempt).failing_at(
        Stage::tls,
        talk.last_code >= 400 ? "the relay refuses STARTTLS: " + talk.last_reply
                              : "the relay does not offer STARTTLS; nothing was sent, and nobody signed in",
        "turn STARTTLS on at the relay, or use its port for TLS from the first byte (465)");
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CERTPROBLEM) {
    return std::move(attempt).failing_at(
        Stage::tls, words, "give the relay a certificate for " + form.host + ", or the channel its authorities");
  }
  const bool plain = form.security == Security::none;
  const auto certificate = certificate_names(easy);
  if (code != CURLE_OK && !plain && !certificate) {
    return std::move(attempt).failing_at(
        Stage::tls,
        greeted ? "the relay ended it before TLS: " + (talk.last_code >= 400 ? talk.last_reply : words)
                : "no TLS came about: " + words,
        greeted ? "look into the relay's log: it may not take this host"
                : "see whether this is the port of an SMTP relay that begins with TLS");
  }
  attempt.add(Stage::tls, plain ? skipped : ok,
              plain ? "plain, on this host" : certificate.value_or("the certificate holds"));
  if (code != CURLE_OK && !greeted) {
    return std::move(attempt).failing_at(Stage::accept, "the relay ended it without a greeting: " + words,
                                         "look into the relay's log: it may not take this host");
  }

  if (code == CURLE_LOGIN_DENIED) {
    attempt.password_refused = talk.last_code >= 500;
    const std::string refusal =
        talk.last_code >= 400 ? talk.last_reply : "the relay offers no sign-in by PLAIN or LOGIN";
    return std::move(attempt).failing_at(Stage::sign_in, refusal,
                                         "edit the channel and type the password of " + form.user + " again");
  }
  if (!note_sign_in(attempt, form, code, talk)) {
    const std::string seen =
        talk.last_code >= 400 ? talk.last_reply : "the relay does not answer to the sign-in: " + words;
    return std::move(attempt).failing_at(Stage::sign_in, seen, "look into the relay's log");
  }
  if (code == CURLE_OK) {
    attempt.outcome = Attempt::Outcome::accepted;
    attempt.said = talk.last_reply;
    attempt.add(Stage::accept, ok, talk.last_reply);
    return attempt;
  }
  // A relay that turns everybody away at the door (554, RFC 5321 3.1) may be in trouble for a while; one that says no
  // to this mail will say it again.
  const bool at_the_door = talk.first_code != 220;
  if (talk.last_code >= 500 && !at_the_door) attempt.outcome = Attempt::Outcome::refused;
  const std::string seen = talk.last_code >= 400 ? talk.last_reply : words + " (last: " + talk.last_reply + ")";
  return std::move(attempt).failing_at(
      Stage::accept, seen, "look into the relay's log: it may not relay from this host, or for this address");
}

struct Settings {
  Easy easy{curl_easy_init()};
  List connect_to;
  List recipients;
};

/// `secret` is copied by libcurl, whose memory is wiped when it is freed.
void fill_in(const Settings& made, const Way& way, const SocketAddress& address, Conversation& talk,
             Deadline deadline) {
  const ChannelForm& form = way.channel.form;
  CURL* easy = made.easy.get();
  const std::string host = form.host.contains(':') ? "[" + form.host + "]" : form.host;
  const std::string scheme = form.security == Security::tls ? "smtps://" : "smtp://";
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, talk.words.data());
  curl_easy_setopt(easy, CURLOPT_URL, (scheme + host + ":" + std::to_string(address.port)).c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  // Else the QUIT is said by a handle of libcurl's own, which waits for its answer for two minutes and asks nobody.
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, made.connect_to.get());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::max<std::int64_t>(deadline.remaining().count(), 1)));
  curl_easy_setopt(easy, CURLOPT_USE_SSL,
                   static_cast<long>(form.security == Security::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  set_trust(easy, form.trust_pem);
  curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
  if (!form.user.empty() && way.secret) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, form.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, way.secret->reveal().data());  // NOLINT: a NUL follows it
    curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
    curl_easy_setopt(easy, CURLOPT_SASL_IR, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ("<" + form.from + ">").c_str());
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, made.recipients.get());
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &give_mail);
  curl_easy_setopt(easy, CURLOPT_READDATA, &talk);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_reply);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &talk);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_reply);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &talk);
  // Where there is a function for it nothing is printed.
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &on_said);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &talk);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &talk);
}

}  // namespace

Attempt send_by_relay(const Way& way, const std::string& to, const Message& message, Deadline deadline,
                      const std::stop_token& stop) {
  static const bool initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  static_cast<void>(initialised);
  const ChannelForm& form = way.channel.form;
  Attempt attempt;
  // Rows may have been edited since the forms were checked: an address may hold no command.
  for (const std::string* address : {&form.from, &to}) {
    if (const auto problem = address_problem(*address)) {
      attempt.outcome = Attempt::Outcome::refused;
      return std::move(attempt).failing_at(Stage::resolve, "the address " + printable(*address, 80) + " " + *problem,
                                           "edit the channel or the subscription");
    }
  }
  const auto addresses = checked_addresses(way, form.host, form.port, form.security == Security::none, deadline);
  if (!addresses) {
    return std::move(attempt).failing_at(Stage::resolve, addresses.error().message(), addresses.error().remedy());
  }
  std::string found;
  for (const SocketAddress& address : *addresses) found += (found.empty() ? "" : ", ") + address.ip.text();
  attempt.add(Stage::resolve, ok, form.host + ": " + found);
  const std::string mail = mail_text(message, form.from, to, way.house);
  std::optional<Attempt> last;
  for (const SocketAddress& address : *addresses) {
    Conversation talk{.mail = mail, .stop = &stop, .deadline = deadline};
    Settings made;
    made.connect_to.reset(curl_slist_append(nullptr, ("::" + address.text()).c_str()));
    made.recipients.reset(curl_slist_append(nullptr, ("<" + to + ">").c_str()));
    if (!made.easy || !made.connect_to || !made.recipients) {
      return std::move(attempt).failing_at(Stage::connect, "libcurl is out of memory", {});
    }
    fill_in(made, way, address, talk, deadline);
    const CURLcode code = curl_easy_perform(made.easy.get());
    last = ended(attempt, way, code, made.easy.get(), talk);
    // Another address may be there; where a conversation began, there is no second one with the same password.
    if (code != CURLE_COULDNT_CONNECT) break;
  }
  return *std::move(last);
}

}  // namespace mailward::notify
