#include "exchange_sim/query_string.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <variant>

#include "base/bytes.h"
#include "exchange_sim/query_dates.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostTerms = 255;
/// Brackets and alternatives, which may be empty.
constexpr std::size_t kMostGroups = 4 * kMostTerms;
constexpr std::string_view kBlanks = " \t\r\n";

enum class QueryValue { words, date, number, yes_no, importance, kind, attachment, flag };

/// A keyword, what its values are, and the properties it looks into, divided by blanks.
struct Keyword {
  std::string_view name;
  QueryValue value;
  std::string_view uris;
};
constexpr auto kKeywords = std::to_array<Keyword>({
    {"subject", QueryValue::words, "item:Subject"},
    {"body", QueryValue::words, "item:Body"},
    {"content", QueryValue::words, "item:Body"},
    {"from", QueryValue::words, "message:From"},
    {"sender", QueryValue::words, "message:Sender"},
    {"to", QueryValue::words, "message:ToRecipients"},
    {"cc", QueryValue::words, "message:CcRecipients"},
    {"bcc", QueryValue::words, "message:BccRecipients"},
    {"participants", QueryValue::words, "message:From message:ToRecipients message:CcRecipients message:BccRecipients"},
    {"category", QueryValue::words, "item:Categories"},
    {"categories", QueryValue::words, "item:Categories"},
    {"location", QueryValue::words, "calendar:Location"},
    {"received", QueryValue::date, "item:DateTimeReceived"},
    {"sent", QueryValue::date, "item:DateTimeSent"},
    {"size", QueryValue::number, "item:Size"},
    {"importance", QueryValue::importance, "item:Importance"},
    {"hasattachment", QueryValue::yes_no, "item:HasAttachments"},
    {"hasattachments", QueryValue::yes_no, "item:HasAttachments"},
    {"isread", QueryValue::yes_no, "message:IsRead"},
    {"read", QueryValue::yes_no, "message:IsRead"},
    {"isflagged", QueryValue::flag, ""},
    {"kind", QueryValue::kind, ""},
    {"attachment", QueryValue::attachment, ""},
    {"attachments", QueryValue::attachment, ""},
    {"attachmentnames", QueryValue::attachment, ""},
});
/// Where a word without a keyword is looked for.
constexpr Keyword kAnywhere{
    .name = "",
    .value = QueryValue::words,
    .uris = "item:Subject item:Body message:From message:ToRecipients message:CcRecipients item:Categories"};

/// Kinds of items and how their classes begin.
struct Kind {
  std::string_view name;
  std::array<std::string_view, 2> classes;
};
constexpr auto kKinds = std::to_array<Kind>({
    {"email", {"ipm.note", "ipm.note"}},
    {"meetings", {"ipm.appointment", "ipm.schedule.meeting"}},
    {"contacts", {"ipm.contact", "ipm.distlist"}},
    {"tasks", {"ipm.task", "ipm.task"}},
    {"notes", {"ipm.stickynote", "ipm.stickynote"}},
    {"posts", {"ipm.post", "ipm.post"}},
    {"docs", {"ipm.document", "ipm.document"}},
    {"faxes", {"ipm.note.microsoft.fax", "ipm.note.microsoft.fax"}},
    {"im", {"ipm.note.microsoft.conversation", "ipm.note.microsoft.conversation"}},
    {"journals", {"ipm.activity", "ipm.activity"}},
    {"rssfeeds", {"ipm.post.rss", "ipm.post.rss"}},
    {"voicemail", {"ipm.note.microsoft.voicemail", "ipm.note.microsoft.voicemail"}},
});

/// What is looked for; in lower case.
struct Words {
  std::string text;
  bool whole = false;  ///< in quotes: not only the beginning of a word
};
struct NumberRange {
  std::optional<long long> least;
  std::optional<long long> most;
};
/// A value that its keyword cannot have.
struct Nothing {};

using Wanted = std::variant<Words, DateRange, NumberRange, bool, Nothing>;

bool is_letter(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code >= 0x80 || std::isalnum(code) != 0;
}

bool has_words(std::string_view text, const Words& wanted) {
  if (wanted.text.empty()) return true;
  for (auto at = text.find(wanted.text); at != std::string_view::npos; at = text.find(wanted.text, at + 1)) {
    const std::size_t end = at + wanted.text.size();
    const bool begins = at == 0 || !is_letter(text[at - 1]) || !is_letter(wanted.text.front());
    const bool ends = !wanted.whole || end == text.size() || !is_letter(text[end]) || !is_letter(wanted.text.back());
    if (begins && ends) return true;
  }
  return false;
}

/// "7000", "10kb", ">5000".
std::optional<long long> read_size(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0 || value > 1'000'000'000'000) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.empty() || unit == "b") return value;
  if (unit == "kb") return value << 10;
  if (unit == "mb") return value << 20;
  if (unit == "gb") return value << 30;
  return std::nullopt;
}

std::optional<NumberRange> read_sizes(std::string_view text) {
  if (const auto dots = text.find(".."); dots != std::string_view::npos) {
    const auto least = read_size(text.substr(0, dots));
    const auto most = read_size(text.substr(dots + 2));
    if (!least || !most) return std::nullopt;
    return NumberRange{.least = least, .most = most};
  }
  const std::size_t comparison = text.find_first_not_of("<>=");
  const std::string_view sign = text.substr(0, std::min(comparison, text.size()));
  const auto number = read_size(text.substr(sign.size()));
  if (!number) return std::nullopt;
  if (sign == ">") return NumberRange{.least = *number + 1, .most = std::nullopt};
  if (sign == ">=") return NumberRange{.least = number, .most = std::nullopt};
  if (sign == "<") return NumberRange{.least = std::nullopt, .most = *number - 1};
  if (sign == "<=") return NumberRange{.least = std::nullopt, .most = number};
  return NumberRange{.least = number, .most = number};
}

std::optional<bool> read_yes_no(std::string_view text) {
  if (text == "true" || text == "yes") return true;
  if (text == "false" || text == "no") return false;
  return std::nullopt;
}

/// The value as its keyword's values are.
Wanted wanted_of(const Keyword& keyword, Words words) {
  switch (keyword.value) {
    case QueryValue::number:
      if (const auto range = read_sizes(words.text)) return *range;
      return Nothing{};
    case QueryValue::yes_no:
    case QueryValue::flag:
      if (const auto given = read_yes_no(words.text)) return *given;
      return Nothing{};
    case QueryValue::importance:
      if (words.text != "low" && words.text != "normal" && words.text != "high") return Nothing{};
      break;
    case QueryValue::kind:
      if (std::ranges::find(kKinds, words.text, &Kind::name) == kKinds.end()) return Nothing{};
      break;
    case QueryValue::date:
      return Nothing{};
    case QueryValue::words:
    case QueryValue::attachment:
      break;
  }
  return words;
}

std::vector<FieldId> fields_of(std::string_view uris) {
  std::vector<FieldId> fields;
  while (!uris.empty()) {
    const auto end = uris.find(' ');
    fields.push_back(field_id(uris.substr(0, end)));
    uris.remove_prefix(end == std::string_view::npos ? uris.size() : end + 1);
  }
  return fields;
}

bool text_holds(const std::string& text, const Keyword& keyword, const Wanted& wanted) {
  if (const auto* range = std::get_if<DateRange>(&wanted)) {
    const auto time = parse_timestamp(text);
    return time && range->holds(*time);
  }
  if (const auto* range = std::get_if<NumberRange>(&wanted)) {
    const auto number = read_size(text);
    return number && (!range->least || *number >= *range->least) && (!range->most || *number <= *range->most);
  }
  if (const auto* given = std::get_if<bool>(&wanted)) return (text == "true") == *given;
  const auto* words = std::get_if<Words>(&wanted);
  if (words == nullptr) return false;
  return keyword.value == QueryValue::importance ? lower_case(text) == words->text
                                                 : has_words(lower_case(text), *words);
}

}  // namespace

struct QueryString::Node {
  enum class Join { all, any, none, term };
  Join join = Join::all;
  std::vector<Node> inside = {};
  const Keyword* keyword = nullptr;  ///< of a term
  std::vector<FieldId> fields = {};
  Wanted wanted = Nothing{};

  bool holds(const ItemView& view) const;
  bool term_holds(const ItemView& view) const;
};

namespace {

using Node = QueryString::Node;
using Join = QueryString::Node::Join;

/// Words, phrases, brackets, one after another.
class QueryReader {
 public:
  QueryReader(std::string_view text, Timestamp now) : text_(text), now_(now) {}

  Node read() {
    Node whole = read_any(0, kAnywhere);
    if (at_ < text_.size()) not_understood_ = "a bracket too many in a QueryString";
    return whole;
  }
  bool too_long() const { return terms_ > kMostTerms || groups_ > kMostGroups; }
  const std::string& not_understood() const { return not_understood_; }

 private:
  static constexpr std::size_t kDeepest = 32;

  Node read_any(std::size_t depth, const Keyword& keyword) {  // NOLINT(misc-no-recursion): depth is bounded
    Node any{.join = Join::any};
    do {
      any.inside.push_back(read_all(depth, keyword));
    } while (take_word("OR"));
    return any;
  }

  Node read_all(std::size_t depth, const Keyword& keyword) {  // NOLINT(misc-no-recursion)
    Node all{.join = Join::all};
    if (++groups_ > kMostGroups) at_ = text_.size();
    while (true) {
      if (!take_word("AND")) take('+');
      skip_blanks();
      if (at_ == text_.size() || text_[at_] == ')' || sees_word("OR")) return all;
      if (take_word("NOT") || take('-')) {
        all.inside.push_back(negated(read_one(depth, keyword)));
      } else {
        all.inside.push_back(read_one(depth, keyword));
      }
    }
  }

  /// `outer`: the keyword before the bracket in which it stands.
  Node read_one(std::size_t depth, const Keyword& outer) {  // NOLINT(misc-no-recursion)
    skip_blanks();
    const Keyword* own = read_keyword();
    if (own == nullptr) return read_value(depth, outer);
    return take_word("NOT") ? negated(read_value(depth, *own)) : read_value(depth, *own);
  }

  Node read_value(std::size_t depth, const Keyword& keyword) {  // NOLINT(misc-no-recursion)
    skip_blanks();
    if (depth < kDeepest && take('(')) {
      Node inner = read_any(depth + 1, keyword);
      skip_blanks();
      take(')');
      return inner;
    }
    if (++terms_ > kMostTerms) {
      at_ = text_.size();
      return {};
    }
    Node term{.join = Join::term, .keyword = &keyword, .fields = fields_of(keyword.uris)};
    if (keyword.value == QueryValue::date) {
      if (const auto dates = read_query_dates(text_.substr(at_), now_)) {
        at_ += dates->size;
        term.wanted = dates->range;
        return term;
      }
    }
    term.wanted = wanted_of(keyword, read_words());
    if (std::holds_alternative<Nothing>(term.wanted)) {
      not_understood_ = "a value like that of " + std::string(keyword.name) + ": in a QueryString";
    }
    return term;
  }

  static Node negated(Node node) {
    Node none{.join = Join::none};
    none.inside.push_back(std::move(node));
    return none;
  }

  /// "subject:", or "size" before a comparison; null where there is none.
  const Keyword* read_keyword() {
    std::size_t end = at_;
    while (end < text_.size() && std::isalpha(static_cast<unsigned char>(text_[end])) != 0) ++end;
    if (end == at_ || end == text_.size()) return nullptr;
    const std::string name = lower_case(text_.substr(at_, end - at_));
    const auto* found = std::ranges::find(kKeywords, name, &Keyword::name);
    const bool known = found != kKeywords.end();
    if (text_[end] == ':') {
      at_ = end + 1;
      if (known) return found;
      not_understood_ = "an unknown keyword in a QueryString";
      return &kAnywhere;
    }
    if (!known || (found->value != QueryValue::date && found->value != QueryValue::number)) return nullptr;
    if (!std::string_view("<>=").contains(text_[end])) return nullptr;
    at_ = end;
    return found;
  }

  /// Up to a blank or a bracket; a quotation within counts as one. A star behind asks for the beginning of a word.
  Words read_words() {
    Words words{.text = {}, .whole = at_ < text_.size() && text_[at_] == '"'};
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        quoted = !quoted;
        continue;
      }
      if (!quoted && (kBlanks.contains(c) || c == ')' || (c == '(' && !words.text.empty()))) break;
      words.text += c;
    }
    if (words.text.empty() && at_ < text_.size() && text_[at_] != ')') ++at_;
    if (words.text.size() > 1 && words.text.ends_with('*')) {
      words.text.pop_back();
      words.whole = false;
    }
    words.text = lower_case(words.text);
    return words;
  }

  void skip_blanks() {
    while (at_ < text_.size() && kBlanks.contains(text_[at_])) ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool sees_word(std::string_view word) const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with(word) &&
           (rest.size() == word.size() || kBlanks.contains(rest[word.size()]) || rest[word.size()] == '(');
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!sees_word(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string_view text_;
  Timestamp now_;
  std::size_t at_ = 0;
  std::size_t terms_ = 0;
  std::size_t groups_ = 0;
  std::string not_understood_;
};

bool is_of_kind(const ItemView& view, std::string_view name) {
  const std::string item_class = lower_case(view.item.item_class);
  const auto* kind = std::ranges::find(kKinds, name, &Kind::name);
  return std::ranges::any_of(kind->classes, [&](std::string_view each) { return item_class.starts_with(each); });
}

}  // namespace

bool QueryString::Node::term_holds(const ItemView& view) const {
  if (std::holds_alternative<Nothing>(wanted)) return false;
  switch (keyword->value) {
    case QueryValue::kind:
      return is_of_kind(view, std::get<Words>(wanted).text);
    case QueryValue::flag:
      return (flag_status(view) == "Flagged") == std::get<bool>(wanted);
    case QueryValue::attachment:
      return std::ranges::any_of(view.item.attachments, [&](const ItemAttachment& each) {
        return has_words(lower_case(each.name), std::get<Words>(wanted));
      });
    default:
      break;
  }
  return std::ranges::any_of(fields, [&](FieldId id) {
    const PropertyPath path{
        .kind = PathKind::field, .field = id, .uri = std::string(field(id).uri), .key = {}, .part = {}, .extended = {}};
    return std::ranges::any_of(texts_of(view, path),
                               [&](const std::string& text) { return text_holds(text, *keyword, wanted); });
  });
}

bool QueryString::Node::holds(const ItemView& view) const {  // NOLINT(misc-no-recursion)
  const auto inner = [&](const Node& each) { return each.holds(view); };
  switch (join) {
    case Join::all:
      return std::ranges::all_of(inside, inner);
    case Join::any:
      return std::ranges::any_of(inside, inner);
    case Join::none:
      return std::ranges::none_of(inside, inner);
    case Join::term:
      break;
  }
  return term_holds(view);
}

QueryString QueryString::parse(std::string_view text, Timestamp now) {
  QueryString query;
  if (text.find_first_not_of(kBlanks) == std::string_view::npos) return query;
  QueryReader reader(text, now);
  query.root_ = std::make_shared<const Node>(reader.read());
  query.too_long_ = reader.too_long();
  query.not_understood_ = reader.not_understood();
  return query;
}

bool QueryString::holds(const ItemView& view) const {
  return root_ == nullptr || root_->holds(view);
}

std::optional<ResponseError> QueryString::refusal() const {
  if (!too_long_) return std::nullopt;
  return ResponseError{
      .code = "ErrorRestrictionTooLong", .text = "The restriction contains too many terms.", .values = {}};
}

}  // namespace mailward::exchange_sim
