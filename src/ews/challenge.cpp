#include "ews/challenge.h"

#include <algorithm>

#include "base/bytes.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kChallengeLimit = 32;
constexpr std::size_t kParameterLimit = 64;

bool is_token_letter(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(letter) != std::string_view::npos;
}

bool is_token68_letter(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         std::string_view("-._~+/").find(letter) != std::string_view::npos;
}

/// Walks along one field's value.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool at(char letter) const { return !rest_.empty() && rest_.front() == letter; }
  bool take(char letter) {
    if (!at(letter)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_space() {
    while (at(' ') || at('\t')) rest_.remove_prefix(1);
  }
  void skip_commas() {
    while (at(' ') || at('\t') || at(',')) rest_.remove_prefix(1);
  }
  std::string_view token() { return take_while(is_token_letter); }

  /// A token68 that is the whole of what follows up to a comma or the end.
  std::optional<std::string_view> token68() {
    Cursor ahead = *this;
    std::size_t length = ahead.take_while(is_token68_letter).size();
    while (ahead.take('=')) ++length;
    ahead.skip_space();
    if (length == 0 || !(ahead.at_end() || ahead.at(','))) return std::nullopt;
    auto token = rest_.substr(0, length);
    *this = ahead;
    return token;
  }

  /// name "=" (token / quoted-string)
  std::optional<std::pair<std::string, std::string>> parameter() {
    Cursor ahead = *this;
    auto name = ahead.token();
    ahead.skip_space();
    if (name.empty() || !ahead.take('=')) return std::nullopt;
    ahead.skip_space();
    auto value = ahead.at('"') ? ahead.quoted() : std::optional<std::string>(ahead.token());
    if (!value) return std::nullopt;
    *this = ahead;
    return std::pair(lower_case(name), *std::move(value));
  }

 private:
  std::string_view take_while(bool (*belongs)(char)) {
    std::size_t length = 0;
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  std::optional<std::string> quoted() {
    take('"');
    std::string value;
    while (!at_end()) {
      if (take('"')) return value;
      if (at('\\') && rest_.size() > 1) rest_.remove_prefix(1);
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view value) {
  std::vector<Challenge> challenges;
  Cursor cursor(value);
  while (challenges.size() < kChallengeLimit) {
    cursor.skip_commas();
    Challenge challenge;
    challenge.scheme = cursor.token();
    if (challenge.scheme.empty()) break;
    bool separated = false;
    if (cursor.at(' ') || cursor.at('\t')) {
      cursor.skip_space();
      if (auto token = cursor.token68()) {
        challenge.token = *token;
      } else {
        while (challenge.parameters.size() < kParameterLimit) {
          auto parameter = cursor.parameter();
          if (!parameter) break;
          challenge.parameters.push_back(*std::move(parameter));
          cursor.skip_space();
          separated = cursor.at(',');
          if (!separated) break;
          cursor.skip_commas();
        }
      }
    }
    challenges.push_back(std::move(challenge));
    cursor.skip_space();
    if (!separated && !cursor.at(',')) break;
  }
  return challenges;
}

std::vector<Challenge> challenges_of(const HttpFields& fields, std::string_view field_name) {
  std::vector<Challenge> challenges;
  for (std::string_view value : fields.all(field_name)) {
    for (auto& challenge : parse_challenges(value)) {
      if (challenges.size() < kChallengeLimit) challenges.push_back(std::move(challenge));
    }
  }
  return challenges;
}

bool Offer::offers(Scheme scheme) const {
  return std::ranges::find(schemes, scheme) != schemes.end();
}

Offer offer_of(const HttpFields& fields) {
  Offer offer;
  auto challenges = challenges_of(fields);
  for (Scheme scheme : {Scheme::negotiate, Scheme::ntlm, Scheme::basic}) {
    auto named = [&](const Challenge& challenge) { return same_ignoring_case(challenge.scheme, scheme_name(scheme)); };
    auto found = std::ranges::find_if(challenges, named);
    if (found == challenges.end()) continue;
    offer.schemes.push_back(scheme);
    if (scheme != Scheme::basic) continue;
    for (const auto& [name, value] : found->parameters) {
      if (name == "realm") offer.basic_realm = value;
    }
  }
  for (const Challenge& challenge : challenges) {
    bool known = std::ranges::any_of(std::initializer_list<Scheme>{Scheme::negotiate, Scheme::ntlm, Scheme::basic},
                                     [&](Scheme s) { return same_ignoring_case(challenge.scheme, scheme_name(s)); });
    std::string shown = printable(challenge.scheme, 40);
    if (!known && std::ranges::find(offer.others, shown) == offer.others.end())
      offer.others.push_back(std::move(shown));
  }
  return offer;
}

}  // namespace mailward::ews
