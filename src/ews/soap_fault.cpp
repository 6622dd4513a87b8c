#include "ews/soap_fault.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kValueLimit = 64;
constexpr std::int64_t kLongestBackOffMs = 3'600'000;

/// The parts of a fault have no namespace, or that of whoever declares a default one.
XmlElement part(XmlElement parent, std::string_view local_name) {
  for (XmlElement at = parent.first_child(); at; at = at.next_sibling()) {
    if (at.name() == local_name) return at;
  }
  return {};
}

std::string local_part(const std::string& qualified) {
  auto begin = qualified.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  auto trimmed = qualified.substr(begin, qualified.find_last_not_of(" \t\r\n") - begin + 1);
  auto colon = trimmed.find(':');
  return colon == std::string::npos ? trimmed : trimmed.substr(colon + 1);
}

}  // namespace

std::string sentence_of(const ServerWords& said) {
  std::string_view named =
      !said.code_text.empty() ? std::string_view(said.code_text) : std::string_view(said.fault_code);
  return "Exchange answered " + printable(named.empty() ? "an error without a code" : named, 80) +
         (said.text.empty() ? "" : ": " + printable(said.text));
}

void read_message_xml(XmlElement message_xml, ServerWords& said) {
  for (XmlElement at = message_xml.first_child(); at && said.values.size() < kValueLimit; at = at.next_sibling()) {
    std::string name(at.has_attribute("Name") ? at.attribute("Name") : at.name());
    std::string value = at.has_attribute("FieldURI") ? std::string(at.attribute("FieldURI")) : at.text();
    said.values.emplace(std::move(name), std::move(value));
  }
  auto found = said.values.find("BackOffMilliseconds");
  if (found == said.values.end()) return;
  const std::string& digits = found->second;
  std::int64_t milliseconds = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds);
  if (error == std::errc::result_out_of_range) milliseconds = kLongestBackOffMs;
  if (error != std::errc::invalid_argument && milliseconds >= 0) {
    said.back_off = std::chrono::milliseconds(std::min(milliseconds, kLongestBackOffMs));
  }
}

Failure read_fault(XmlElement fault) {
  ServerWords said;
  said.fault_code = local_part(part(fault, "faultcode").text());
  said.text = part(fault, "faultstring").text();
  XmlElement detail = part(fault, "detail");
  said.code_text = local_part(part(detail, "ResponseCode").text());
  // Without a detail the fault's own code may be Exchange's.
  if (said.code_text.empty() && response_code_of(said.fault_code) != ResponseCode::unknown)
    said.code_text = said.fault_code;
  said.code = response_code_of(said.code_text);
  if (XmlElement words = part(detail, "MessageXml")) read_message_xml(words, said);
  Failure failure(is_throttling(said.code) ? EwsError::throttled : EwsError::soap_fault, sentence_of(said));
  failure.said = std::move(said);
  return failure;
}

}  // namespace mailward::ews
