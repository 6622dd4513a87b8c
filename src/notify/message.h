#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "notify/notice.h"

namespace mailward::notify {

/// What one delivery carries: a notice, or, where the hour was full, several in one.
struct Message {
  std::string id;  ///< of the delivery: the same however often it is tried
  Severity severity = Severity::info;
  std::string kind;  ///< "digest" for several
  std::string subject;
  std::string title;
  std::string text;
  Timestamp at;
  std::int64_t times = 1;  ///< how many posts it stands for
};

/// Whose Mailward it is that tells: there may be several.
struct House {
  std::string host;     ///< the host's name
  std::string console;  ///< where its console is, "https://mail.example.test:8443"; empty: it has none
};
/// The console's page about what a notice is about, below `console`; empty where there is none, or no console.
std::string page_of(const House& house, std::string_view subject);

/// Of one notice.
Message message_of(DeliveryId delivery, const PostedNotice& posted);
/// Of several, oldest first, in one; `posted` is not empty.
Message digest_of(DeliveryId delivery, const std::vector<PostedNotice>& posted);

/// The message as mail (RFC 5322, with CRLF), whose Message-ID is made of its id. `from` and `to` hold to
/// address_problem(). Whatever the message holds stands in no header but as encoded words (RFC 2047), and in a body of
/// quoted-printable (RFC 2045 6.7).
std::string mail_text(const Message& message, const std::string& from, const std::string& to, const House& house);
/// The message as a webhook's JSON.
std::string webhook_body(const Message& message, const House& house);

}  // namespace mailward::notify
