#include "exchange_sim/rule_conditions.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/bytes.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/people.h"
#include "exchange_sim/xml_reading.h"

namespace mailward::exchange_sim {
namespace {

using Condition = bool (*)(const ItemView& view, pugi::xml_node node);

/// Whether a text holds one of the strings, in any case.
bool holds_one(const std::string& text, pugi::xml_node node) {
  const std::string lower = lower_case(text);
  return std::ranges::any_of(
      elements(node), [&](pugi::xml_node each) { return lower.find(lower_case(text_of(each))) != std::string::npos; });
}

std::string value_of(const ItemView& view, std::string_view uri) {
  const auto value = field_value(view, field_id(uri));
  return value ? plain_text(value->inner) : std::string();
}

std::vector<Address> people(const ItemView& view, std::string_view uri) {
  return people_in(view.item.find(field_id(uri)));
}

std::string names_of(const std::vector<Address>& people) {
  std::string text;
  for (const Address& each : people) text += each.name + " " + each.smtp + "\n";
  return text;
}

bool has_me(const ItemView& view, const std::vector<Address>& people) {
  const auto mine = [&](const Address& each) {
    return equal_ignoring_case(each.smtp, view.mailbox.smtp) ||
           std::ranges::any_of(view.mailbox.aliases,
                               [&](const std::string& alias) { return equal_ignoring_case(alias, each.smtp); });
  };
  return std::ranges::any_of(people, mine);
}

std::vector<Address> recipients(const ItemView& view) {
  std::vector<Address> found = people(view, "message:ToRecipients");
  for (Address& each : people(view, "message:CcRecipients")) found.push_back(std::move(each));
  return found;
}

/// Whether one of the people is one of the t:Address elements.
bool names_one(const std::vector<Address>& people, pugi::xml_node node) {
  return std::ranges::any_of(elements(node), [&](pugi::xml_node each) {
    const std::string_view address = text_of(child(each, kTypesNs, "EmailAddress"));
    return std::ranges::any_of(people, [&](const Address& one) { return equal_ignoring_case(one.smtp, address); });
  });
}

bool truth(pugi::xml_node node) {
  const std::string_view text = text_of(node);
  return text == "true" || text == "1";
}

bool class_begins(const ItemView& view, std::string_view prefix) {
  return lower_case(view.item.item_class).starts_with(lower_case(prefix));
}

bool has_category(const ItemView& view, pugi::xml_node node) {
  const PropertyPath path{.kind = PathKind::field,
                          .field = field_id("item:Categories"),
                          .uri = "item:Categories",
                          .key = {},
                          .part = {},
                          .extended = {}};
  const auto categories = texts_of(view, path);
  return std::ranges::any_of(elements(node), [&](pugi::xml_node each) {
    return std::ranges::any_of(categories,
                               [&](const std::string& one) { return equal_ignoring_case(one, text_of(each)); });
  });
}

bool has_header(const ItemView& view, pugi::xml_node node) {
  return std::ranges::any_of(headers_of(view), [&](const InternetHeader& header) {
    return holds_one(header.name + ": " + header.value, node);
  });
}

bool in_dates(const ItemView& view, pugi::xml_node node) {
  const auto from = parse_ews_time(text_of(child(node, kTypesNs, "StartDateTime")));
  const auto until = parse_ews_time(text_of(child(node, kTypesNs, "EndDateTime")));
  return (!from || view.item.received >= *from) && (!until || view.item.received <= *until);
}

/// In kilobytes.
bool in_sizes(const ItemView& view, pugi::xml_node node) {
  const auto number = [&](std::string_view name) {
    const std::string_view text = text_of(child(node, kTypesNs, name));
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value * 1024;
  };
  const std::uint64_t most = number("MaximumSize");
  const std::uint64_t size = size_of(view);
  return size >= number("MinimumSize") && (most == 0 || size <= most);
}

const std::unordered_map<std::string_view, Condition>& conditions() {
  static const std::unordered_map<std::string_view, Condition> kConditions{
      {"Categories", has_category},
      {"ContainsBodyStrings",
       [](const ItemView& view, pugi::xml_node node) { return holds_one(text_body(view), node); }},
      {"ContainsHeaderStrings", has_header},
      {"ContainsRecipientStrings",
       [](const ItemView& view, pugi::xml_node node) { return holds_one(names_of(recipients(view)), node); }},
      {"ContainsSenderStrings",
       [](const ItemView& view, pugi::xml_node node) {
         return holds_one(names_of(people(view, "message:From")), node);
       }},
      {"ContainsSubjectOrBodyStrings",
       [](const ItemView& view, pugi::xml_node node) {
         return holds_one(value_of(view, "item:Subject") + "\n" + text_body(view), node);
       }},
      {"ContainsSubjectStrings",
       [](const ItemView& view, pugi::xml_node node) { return holds_one(value_of(view, "item:Subject"), node); }},
      {"FromAddresses",
       [](const ItemView& view, pugi::xml_node node) { return names_one(people(view, "message:From"), node); }},
      {"SentToAddresses", [](const ItemView& view, pugi::xml_node node) { return names_one(recipients(view), node); }},
      {"HasAttachments",
       [](const ItemView& view, pugi::xml_node node) {
         return truth(node) == (value_of(view, "item:HasAttachments") == "true");
       }},
      {"Importance",
       [](const ItemView& view, pugi::xml_node node) { return value_of(view, "item:Importance") == text_of(node); }},
      {"Sensitivity",
       [](const ItemView& view, pugi::xml_node node) { return value_of(view, "item:Sensitivity") == text_of(node); }},
      {"IsMeetingRequest",
       [](const ItemView& view, pugi::xml_node node) {
         return truth(node) == class_begins(view, "IPM.Schedule.Meeting.Request");
       }},
      {"IsMeetingResponse",
       [](const ItemView& view, pugi::xml_node node) {
         return truth(node) == class_begins(view, "IPM.Schedule.Meeting.Resp");
       }},
      {"IsNDR",
       [](const ItemView& view, pugi::xml_node node) { return truth(node) == class_begins(view, "REPORT.IPM.Note"); }},
      {"IsAutomaticReply",
       [](const ItemView& view, pugi::xml_node node) {
         return truth(node) == class_begins(view, "IPM.Note.Rules.OofTemplate");
       }},
      {"ItemClasses",
       [](const ItemView& view, pugi::xml_node node) {
         return std::ranges::any_of(elements(node), [&](pugi::xml_node each) {
           return equal_ignoring_case(view.item.item_class, text_of(each));
         });
       }},
      {"NotSentToMe",
       [](const ItemView& view, pugi::xml_node node) {
         return truth(node) != has_me(view, people(view, "message:ToRecipients"));
       }},
      {"SentToMe",
       [](const ItemView& view, pugi::xml_node node) {
         return truth(node) == has_me(view, people(view, "message:ToRecipients"));
       }},
      {"SentCcMe",
       [](const ItemView& view, pugi::xml_node node) {
         return truth(node) == has_me(view, people(view, "message:CcRecipients"));
       }},
      {"SentToOrCcMe",
       [](const ItemView& view, pugi::xml_node node) { return truth(node) == is_to_or_cc_owner(view); }},
      {"SentOnlyToMe",
       [](const ItemView& view, pugi::xml_node node) {
         const auto all = recipients(view);
         return truth(node) == (all.size() == 1 && has_me(view, all));
       }},
      {"WithinDateRange", in_dates},
      {"WithinSizeRange", in_sizes},
  };
  return kConditions;
}

}  // namespace

bool is_to_or_cc_owner(const ItemView& view) {
  return has_me(view, recipients(view));
}

Fit rule_condition(const ItemView& view, pugi::xml_node condition) {
  const auto found = conditions().find(local_name(condition));
  if (found == conditions().end()) return Fit::unknown;
  return found->second(view, condition) ? Fit::holds : Fit::fails;
}

}  // namespace mailward::exchange_sim
