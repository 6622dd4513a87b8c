#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.h"
#include "exchange_sim/people.h"
#include "exchange_sim/restriction.h"

namespace mailward::exchange_sim {
namespace {

enum class QueryKind { all, any, none, term };

/// A field of the query language and the properties it looks into, divided by blanks.
struct QueryField {
  std::string_view name;
  std::string_view uris;
};
constexpr auto kQueryFields = std::to_array<QueryField>({
    {"subject", "item:Subject"},
    {"body", "item:Body"},
    {"from", "message:From"},
    {"sender", "message:Sender"},
    {"to", "message:ToRecipients"},
    {"cc", "message:CcRecipients"},
    {"bcc", "message:BccRecipients"},
    {"participants", "message:From message:ToRecipients message:CcRecipients message:BccRecipients"},
    {"received", "item:DateTimeReceived"},
    {"sent", "item:DateTimeSent"},
    {"size", "item:Size"},
    {"importance", "item:Importance"},
    {"category", "item:Categories"},
    {"categories", "item:Categories"},
    {"hasattachment", "item:HasAttachments"},
    {"hasattachments", "item:HasAttachments"},
    {"isread", "message:IsRead"},
    {"read", "message:IsRead"},
    {"location", "calendar:Location"},
});
/// Where a word without a field is looked for.
constexpr std::string_view kAnywhere =
    "item:Subject item:Body message:From message:ToRecipients message:CcRecipients item:Categories";

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = text.find(' ');
    if (end != 0) words.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return words;
}

bool has_word(std::string_view text, std::string_view wanted) {
  for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
    const unsigned char before = at == 0 ? ' ' : static_cast<unsigned char>(text[at - 1]);
    if (before < 0x80 && std::isalnum(before) == 0) return true;
  }
  return wanted.empty();
}

}  // namespace

struct QueryString::Node {
  QueryKind kind = QueryKind::all;
  std::vector<Node> inside;
  std::string field;  ///< empty: anywhere
  std::string value;  ///< lower case

  bool holds(const ItemView& view) const;
  bool matches(const ItemView& view, FieldId id) const;
};

namespace {

/// Of a day, "2025-09-01", its first moment and that of the next; else the moment twice.
struct Span {
  std::string from;
  std::string until;
};
Span span_of(const std::string& value) {
  constexpr std::size_t kDate = 10;
  if (value.size() != kDate) return {.from = value, .until = value};
  const auto day = parse_timestamp(value);
  if (!day) return {.from = value, .until = value};
  return {.from = value, .until = format_timestamp(*day + std::chrono::hours(24))};
}

bool in_range(const std::string& text, const std::string& wanted, ValueType type) {
  if (const auto dots = wanted.find(".."); dots != std::string::npos) {
    return compare_texts(text, wanted.substr(0, dots), type) >= 0 &&
           compare_texts(text, span_of(wanted.substr(dots + 2)).until, type) <= 0;
  }
  if (wanted.starts_with(">=")) return compare_texts(text, wanted.substr(2), type) >= 0;
  if (wanted.starts_with("<=")) return compare_texts(text, span_of(wanted.substr(2)).until, type) <= 0;
  if (wanted.starts_with(">")) return compare_texts(text, span_of(wanted.substr(1)).until, type) > 0;
  if (wanted.starts_with("<")) return compare_texts(text, wanted.substr(1), type) < 0;
  const Span span = span_of(wanted);
  if (span.from != span.until) {
    return compare_texts(text, span.from, type) >= 0 && compare_texts(text, span.until, type) < 0;
  }
  return compare_texts(text, wanted, type) == 0;
}

/// Words, phrases, brackets, one after another.
class QueryReader {
 public:
  using Node = QueryString::Node;
  explicit QueryReader(std::string_view text) : text_(text) {}

  Node read_any(std::size_t depth) {  // NOLINT(misc-no-recursion): depth is bounded
    Node any{.kind = QueryKind::any, .inside = {}, .field = {}, .value = {}};
    any.inside.push_back(read_all(depth));
    while (take_word("OR")) any.inside.push_back(read_all(depth));
    return any;
  }

 private:
  static constexpr std::size_t kDeepest = 32;

  Node read_all(std::size_t depth) {  // NOLINT(misc-no-recursion)
    Node all{.kind = QueryKind::all, .inside = {}, .field = {}, .value = {}};
    while (true) {
      skip_blanks();
      take_word("AND");
      skip_blanks();
      if (at_ == text_.size() || text_[at_] == ')' || sees_word("OR")) return all;
      if (take_word("NOT") || take('-')) {
        Node none{.kind = QueryKind::none, .inside = {}, .field = {}, .value = {}};
        none.inside.push_back(read_one(depth));
        all.inside.push_back(std::move(none));
      } else {
        all.inside.push_back(read_one(depth));
      }
    }
  }

  Node read_one(std::size_t depth) {  // NOLINT(misc-no-recursion)
    skip_blanks();
    if (depth < kDeepest && take('(')) {
      Node inner = read_any(depth + 1);
      skip_blanks();
      take(')');
      return inner;
    }
    Node term{.kind = QueryKind::term, .inside = {}, .field = {}, .value = {}};
    std::string word = read_word();
    const auto colon = word.find(':');
    if (colon != std::string::npos && colon > 0) {
      term.field = lower_case(word.substr(0, colon));
      word.erase(0, colon + 1);
      if (word.empty()) word = read_word();
    }
    term.value = lower_case(word);
    return term;
  }

  /// Up to a blank or a bracket; a quotation within counts as one.
  std::string read_word() {
    std::string word;
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        quoted = !quoted;
        continue;
      }
      if (!quoted && (c == ' ' || c == ')' || (c == '(' && !word.empty()))) break;
      word += c;
    }
    if (word.empty() && at_ < text_.size()) ++at_;
    return word;
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool sees_word(std::string_view word) const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with(word) &&
           (rest.size() == word.size() || rest[word.size()] == ' ' || rest[word.size()] == '(');
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!sees_word(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool QueryString::Node::matches(const ItemView& view, FieldId id) const {
  const ValueType type = exchange_sim::field(id).type;
  const PropertyPath path{.kind = PathKind::field,
                          .field = id,
                          .uri = std::string(exchange_sim::field(id).uri),
                          .key = {},
                          .part = {},
                          .extended = {}};
  return std::ranges::any_of(texts_of(view, path), [&](const std::string& text) {
    if (type == ValueType::time || type == ValueType::integer) return in_range(text, value, type);
    if (type == ValueType::boolean) return compare_texts(text, value == "yes" ? "true" : value, type) == 0;
    if (type == ValueType::choice) return equal_ignoring_case(text, value);
    return has_word(lower_case(text), value);
  });
}

bool QueryString::Node::holds(const ItemView& view) const {  // NOLINT(misc-no-recursion)
  const auto inner = [&](const Node& each) { return each.holds(view); };
  switch (kind) {
    case QueryKind::all:
      return std::ranges::all_of(inside, inner);
    case QueryKind::any:
      return std::ranges::any_of(inside, inner);
    case QueryKind::none:
      return std::ranges::none_of(inside, inner);
    case QueryKind::term:
      break;
  }
  if (field == "kind") {
    const std::string kind_of_item = is_message(view.item.kind) ? "email" : lower_case(element_of(view.item.kind));
    return kind_of_item.starts_with(value.substr(0, 5));
  }
  if (field == "attachment" || field == "attachments" || field == "attachmentnames") {
    return std::ranges::any_of(view.item.attachments,
                               [&](const ItemAttachment& each) { return has_word(lower_case(each.name), value); });
  }
  const auto* known = std::ranges::find(kQueryFields, field, &QueryField::name);
  const std::string_view uris = known == kQueryFields.end() ? kAnywhere : known->uris;
  return std::ranges::any_of(words_of(uris), [&](const std::string& uri) { return matches(view, field_id(uri)); });
}

QueryString QueryString::parse(std::string_view text) {
  QueryString query;
  if (text.find_first_not_of(' ') == std::string_view::npos) return query;
  query.root_ = std::make_shared<const Node>(QueryReader(text).read_any(0));
  return query;
}

bool QueryString::holds(const ItemView& view) const {
  return root_ == nullptr || root_->holds(view);
}

}  // namespace mailward::exchange_sim
