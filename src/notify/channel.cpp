#include "notify/channel.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/net.h"
#include "base/tls.h"
#include "notify/text.h"

namespace mailward::notify {

namespace {

/// First line of each text; a change of what the lines mean changes it, and then passwords must be typed again.
constexpr std::string_view kRelayText = "mailward-relay-1\n";
constexpr std::string_view kWebhookText = "mailward-webhook-1\n";
constexpr std::size_t kNameLimit = 100;
constexpr std::size_t kUserLimit = 300;

template <typename E>
std::optional<E> named(std::string_view name, std::initializer_list<E> all) {
  for (const E one : all) {
    if (name_of(one) == name) return one;
  }
  return std::nullopt;
}

void line(std::string& text, std::string_view key, std::string_view value) {
  text.append(key).append("=").append(value).append("\n");
}

Result<std::string> trust_identity(const std::string& pem) {
  if (pem.empty()) return CertificateTrust::system().identity();
  auto trust = CertificateTrust::from_pem(pem);
  if (!trust) return fail(NotifyError::invalid_form, "the certificates do not hold: " + trust.error().message());
  return trust->identity();
}

bool holds_more_than_a_line(std::string_view text) {
  return one_line(text, text.size()) != text;
}

/// Whether that names this very host. A name is looked up when something is sent, and held to the same then.
bool is_loopback_name(std::string_view host) {
  const auto address = IpAddress::parse(host);
  if (!address) return host == "localhost";
  return address->is_v4() ? address->raw()[0] == 127 : address->text() == "::1";
}

void check_relay(const ChannelForm& form, std::vector<FieldProblem>& problems) {
  if (const auto problem = host_problem(form.host)) problems.push_back({"host", *problem});
  if (form.port == 0) problems.push_back({"port", "must be between 1 and 65535"});
  if (form.security == Security::none && !is_loopback_name(form.host)) {
    problems.push_back({"security", "none is for a relay on this very host (localhost, 127.0.0.1, ::1)"});
  }
  if (form.user.size() > kUserLimit || holds_more_than_a_line(form.user)) {
    problems.push_back({"user", "must be one line of at most 300 bytes"});
  }
  if (const auto problem = address_problem(form.from)) problems.push_back({"from", *problem});
}

void check_webhook(const ChannelForm& form, std::vector<FieldProblem>& problems) {
  const auto url = WebhookUrl::parse(form.url);
  if (!url) {
    problems.push_back({"url", url.error().message()});
  } else if (!url->encrypted && !is_loopback_name(url->host)) {
    problems.push_back({"url", "http:// is for a receiver on this very host; elsewhere it must be https://"});
  }
}

std::map<std::string, std::string> fields_of(std::string_view text) {
  std::map<std::string, std::string> fields;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('\n'));
    const std::size_t equals = std::min(one.find('='), one.size());
    fields[std::string(one.substr(0, equals))] = one.substr(std::min(equals + 1, one.size()));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
  }
  return fields;
}

void append_text(Bytes& bytes, std::string_view text) {
  for (unsigned shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<std::uint8_t>(text.size() >> shift));
  bytes.insert(bytes.end(), text.begin(), text.end());
}

}  // namespace

std::string_view name_of(ChannelKind kind) {
  return kind == ChannelKind::relay ? "relay" : "webhook";
}

std::string_view name_of(Security security) {
  switch (security) {
    case Security::starttls:
      return "starttls";
    case Security::tls:
      return "tls";
    case Security::none:
      return "none";
  }
  std::unreachable();
}

std::string_view name_of(Proof proof) {
  switch (proof) {
    case Proof::none:
      return "none";
    case Proof::bearer:
      return "bearer";
    case Proof::signature:
      return "signature";
  }
  std::unreachable();
}

std::optional<ChannelKind> channel_kind_named(std::string_view name) {
  return named(name, {ChannelKind::relay, ChannelKind::webhook});
}
std::optional<Security> security_named(std::string_view name) {
  return named(name, {Security::starttls, Security::tls, Security::none});
}
std::optional<Proof> proof_named(std::string_view name) {
  return named(name, {Proof::none, Proof::bearer, Proof::signature});
}

ChannelForm tidied(ChannelForm form) {
  const ChannelForm fresh;
  form.name = trimmed(form.name);
  form.trust_pem = trimmed(form.trust_pem);
  if (form.kind == ChannelKind::relay) {
    form.host = lower_case(trimmed(form.host));
    form.user = trimmed(form.user);
    form.from = trimmed(form.from);
    form.url = fresh.url;
    form.proof = fresh.proof;
  } else {
    form.url = trimmed(form.url);
    form.host = fresh.host;
    form.port = fresh.port;
    form.security = fresh.security;
    form.user = fresh.user;
    form.from = fresh.from;
  }
  return form;
}

std::vector<FieldProblem> check_form(const ChannelForm& form) {
  std::vector<FieldProblem> problems;
  if (form.name.empty() || form.name.size() > kNameLimit || holds_more_than_a_line(form.name)) {
    problems.push_back({"name", "one line of 1 to 100 characters is expected"});
  }
  if (form.kind == ChannelKind::relay) {
    check_relay(form, problems);
  } else {
    check_webhook(form, problems);
  }
  if (const auto trust = trust_identity(form.trust_pem); !trust) {
    problems.push_back({"trust_pem", trust.error().message()});
  }
  return problems;
}

std::string Channel::shown_destination() const {
  if (form.kind == ChannelKind::relay) {
    return (form.host.contains(':') ? "[" + form.host + "]" : form.host) + ":" + std::to_string(form.port);
  }
  const auto url = WebhookUrl::parse(form.url);
  return url ? url->origin() + (url->rest == "/" ? "/" : "/…") : "a URL that does not hold";
}

Result<std::string> destination_text(const ChannelForm& form) {
  MW_TRY(const std::string trust, trust_identity(form.trust_pem));
  // Rows may have been edited since the form was checked: no value may forge another line.
  for (const std::string* value : {&form.host, &form.user, &form.url}) {
    if (holds_more_than_a_line(*value)) return fail(NotifyError::invalid_form, "the stored channel does not hold");
  }
  if (form.kind == ChannelKind::webhook) {
    MW_TRY(const WebhookUrl url, WebhookUrl::parse(form.url));
    std::string text(kWebhookText);
    line(text, "URL", url.text());
    line(text, "certificate trust", trust);
    line(text, "use of the secret", name_of(form.proof));
    return text;
  }
  std::string text(kRelayText);
  line(text, "host", form.host);
  line(text, "port", std::to_string(form.port));
  line(text, "security", name_of(form.security));
  line(text, "certificate trust", trust);
  line(text, "user", form.user);
  return text;
}

Bytes sealing_context(ChannelId channel, std::string_view destination) {
  Bytes context;
  append_text(context, "mailward-notice-channel-1");
  append_text(context, channel.text());
  append_text(context, destination);
  return context;
}

std::string difference(std::string_view before, std::string_view after) {
  auto old_fields = fields_of(before);
  std::string names;
  for (const auto& [key, value] : fields_of(after)) {
    if (key.starts_with("mailward-") || old_fields[key] == value) continue;
    names.append(names.empty() ? "" : ", ").append(key);
  }
  return names.empty() ? "the form of the record" : names;
}

}  // namespace mailward::notify
