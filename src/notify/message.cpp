#include "notify/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "notify/text.h"

namespace mailward::notify {

namespace {

constexpr std::size_t kMostListed = 100;   ///< notices of a digest that are named one by one
constexpr std::size_t kEncodedBytes = 39;  ///< of one encoded word: 52 letters of base64, 64 with what is around them
constexpr std::size_t kPlainSubject = 66;  ///< fits on the line of its header as it is
constexpr std::size_t kEncodedLine = 72;   ///< with what may still come after it at most 76 (RFC 2045 6.7, rule 5)

/// RFC 5322 3.3, in UTC.
std::string mail_date(Timestamp at) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays.at(std::chrono::weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

/// An unstructured header field's value: as it is where that is safe and short, else encoded words, one a line. Each
/// holds whole characters (RFC 2047 5).
std::string header_value(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (plain && text.size() <= kPlainSubject && !text.contains("=?")) return std::string(text);
  std::string value;
  while (!text.empty()) {
    std::size_t end = std::min(kEncodedBytes, text.size());
    while (end < text.size() && end > 1 && continues_character(text[end])) --end;
    value += (value.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + to_base64(as_bytes(text.substr(0, end))) + "?=";
    text.remove_prefix(end);
  }
  return value;
}

std::string quoted_printable(std::string_view text) {
  std::string body;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') {
      body += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = at + 1 == text.size() || text[at + 1] == '\n';
    const bool blank = (c == ' ' || c == '\t') && !ends_line;
    const bool plain = c > 0x20 && c < 0x7f && c != '=';
    const std::string written =
        blank || plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
    if (column + written.size() > kEncodedLine) {
      body += "=\r\n";
      column = 0;
    }
    body += written;
    column += written.size();
  }
  return body + "\r\n";
}

std::string explained(const Message& message, const House& house) {
  const Kind* kind = kind_named(message.kind);
  const std::string page = page_of(house, message.subject);
  std::string text = message.title + "\n\n" + message.text + "\n\n";
  if (!page.empty()) text += "In the console: " + page + "\n\n";
  text += "-- \nMailward on " + house.host + ", at " + format_timestamp(message.at) + "\n";
  if (kind != nullptr) text += std::string(kind->sentence) + "\n";
  text += "kind: " + message.kind + "; severity: " + std::string(name_of(message.severity));
  if (message.kind == "confirmation") return text;
  text += "\nIt comes to you because this address is subscribed";
  return text + (house.console.empty() ? "." : ": " + house.console + "/notices");
}

/// Fit to stand in a header between quotation marks.
std::string sender_name(const House& house) {
  const bool plain = std::ranges::all_of(house.host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  return plain && !house.host.empty() && house.host.size() <= 100 ? "\"Mailward on " + house.host + "\"" : "Mailward";
}

}  // namespace

std::string page_of(const House& house, std::string_view subject) {
  if (house.console.empty()) return {};
  const std::size_t colon = std::min(subject.find(':'), subject.size());
  const std::string_view what = subject.substr(0, colon);
  const std::string id(subject.substr(std::min(colon + 1, subject.size())));
  const bool is_id =
      !id.empty() && std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  if (what == "account" && is_id) return house.console + "/accounts/" + id;
  if (what == "connection" && is_id) return house.console + "/connections/" + id;
  if (what == "rotation" && is_id) return house.console + "/rotations/" + id;
  if (what == "renewal" && is_id) return house.console + "/renewals/" + id;
  if (what == "channel" && is_id) return house.console + "/notices/channels/" + id;
  if (what == "subscription" || what.empty()) return house.console + "/notices";
  return house.console + "/secrets";
}

Message message_of(DeliveryId delivery, const PostedNotice& posted) {
  return {.id = delivery.text(),
          .severity = posted.notice.severity,
          .kind = posted.notice.kind,
          .subject = posted.notice.subject,
          .title = counted_title(posted.notice.title, posted.times),
          .text = posted.notice.text,
          .at = posted.last_posted,
          .times = posted.times};
}

Message digest_of(DeliveryId delivery, const std::vector<PostedNotice>& posted) {
  Message message{.id = delivery.text(),
                  .severity = Severity::info,
                  .kind = "digest",
                  .subject = {},
                  .title = std::to_string(posted.size()) + " notices of Mailward",
                  .text = "There were more notices than are sent in an hour. These waited, and come as one:\n",
                  .at = posted.back().last_posted,
                  .times = 0};
  std::size_t listed = 0;
  for (const PostedNotice& one : posted) {
    message.severity = std::max(message.severity, one.notice.severity);
    message.times += one.times;
    if (++listed > kMostListed) continue;
    message.text += "\n" + format_timestamp(one.posted) + "  " + std::string(name_of(one.notice.severity)) + "  " +
                    counted_title(one.notice.title, one.times);
  }
  if (listed > kMostListed) message.text += "\n… and " + std::to_string(listed - kMostListed) + " more";
  return message;
}

std::string mail_text(const Message& message, const std::string& from, const std::string& to, const House& house) {
  const std::string domain = from.substr(from.rfind('@') + 1);
  std::string text;
  const auto header = [&](std::string_view name, const std::string& value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  const std::string title = one_line(message.title, 400);
  header("Date", mail_date(message.at));
  const std::string sender = sender_name(house);
  constexpr std::size_t kFromLine = 68;  // with its name and brackets at most 78 (RFC 5322 2.1.1)
  header("From", sender + (sender.size() + from.size() > kFromLine ? "\r\n <" : " <") + from + ">");
  header("To", "<" + to + ">");
  header("Message-ID", "<notice." + message.id + "@" + domain + ">");
  header("Subject", header_value("[Mailward] " + title));
  header("Auto-Submitted", "auto-generated");  // RFC 3834: nobody's absence is to answer it
  header("X-Auto-Response-Suppress", "All");   // Exchange's own word for the same
  if (message.severity == Severity::alarm) header("Importance", "high");
  header("X-Mailward-Kind", message.kind);
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  header("Content-Transfer-Encoding", "quoted-printable");
  return text + "\r\n" + quoted_printable(lines_of(explained(message, house), 40'000));
}

std::string webhook_body(const Message& message, const House& house) {
  const nlohmann::ordered_json json{{"id", message.id},
                                    {"kind", message.kind},
                                    {"severity", name_of(message.severity)},
                                    {"subject", message.subject},
                                    {"title", message.title},
                                    {"text", message.text},
                                    {"at", format_timestamp(message.at)},
                                    {"times", message.times},
                                    {"host", house.host},
                                    {"page", page_of(house, message.subject)}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace mailward::notify
