#pragma once

#include <string>
#include <vector>

#include "mime/message.h"

namespace mailward::mime {

/// A scheduling message (RFC 6047, 2.4): iCalendar that a calendar acts upon, beside the text for people.
struct Scheduling {
  std::string method;    ///< "REQUEST", as within
  std::string calendar;  ///< RFC 5545
};

/// What a message is to be made of. Text is UTF-8.
struct Composition {
  std::vector<Address> from;
  std::vector<Address> sender;
  std::vector<Address> reply_to;
  std::vector<Address> to;
  std::vector<Address> cc;
  std::vector<Address> bcc;
  std::string subject;
  std::optional<Timestamp> date;
  std::string message_id;  ///< with "<" and ">"; empty: none is written
  std::string in_reply_to;
  std::string references;
  std::vector<std::pair<std::string, std::string>> more_headers;  ///< as they stand, after the others
  std::optional<std::string> text;
  std::optional<std::string> html;
  std::optional<Scheduling> scheduling;
  std::vector<Attachment> attachments;
  /// Boundaries are made from it: the same seed gives the same bytes.
  std::string boundary_seed;
  bool date_first = false;  ///< Date before From, else behind the subject
};

/// The message, lines ended by CR LF, all 7-bit: bodies as quoted-printable or base64, names and subject as encoded
/// words. Nested: mixed(related(alternative(text, html, calendar), inline parts), attachments), each level only where
/// needed. Errors: unbuildable for a line end in a name or an identifier.
Result<std::string> build(const Composition& composition);

}  // namespace mailward::mime
