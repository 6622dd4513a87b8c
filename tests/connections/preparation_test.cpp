// The preparation script against a reader of PowerShell's text of our own: no value gets out of its quotes.
#include "connections/preparation.h"

#include <random>

#include <gtest/gtest.h>

#include "connections/error.h"
#include "connections/powershell.h"
#include "tests/product_support/product.h"

namespace mailward::connections {
namespace {

using Text = std::u32string;

Text decoded(std::string_view utf8) {
  Text text;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) c = (c << 6) | (static_cast<unsigned char>(utf8[at + k]) & 0x3fU);
    text += c;
    at += length;
  }
  return text;
}

std::string encoded(const Text& text) {
  std::string utf8;
  const auto put = [&](char32_t byte) { utf8 += static_cast<char>(byte); };
  for (const char32_t c : text) {
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | (c >> 6));
      put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      put(0xe0 | (c >> 12));
      put(0x80 | ((c >> 6) & 0x3f));
      put(0x80 | (c & 0x3f));
    } else {
      put(0xf0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3f));
      put(0x80 | ((c >> 6) & 0x3f));
      put(0x80 | (c & 0x3f));
    }
  }
  return utf8;
}

bool single_quote(char32_t c) {
  return c == U'\'' || (c >= 0x2018 && c <= 0x201b);
}
bool double_quote(char32_t c) {
  return c == U'"' || (c >= 0x201c && c <= 0x201e);
}
bool line_end(char32_t c) {
  return c == U'\n' || c == U'\r';
}
bool space(char32_t c) {
  return c == U' ' || c == U'\t' || c == 0x0b || c == 0x0c || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f || c == 0x3000;
}
/// What PowerShell takes for a hyphen.
bool dash(char32_t c) {
  return c == U'-' || (c >= 0x2013 && c <= 0x2015);
}

struct Token {
  enum class Kind { literal, expandable, comment, word, mark, broken } kind;
  Text text;
  bool operator==(const Token&) const = default;
};

/// PowerShell's text as its own tokenizer cuts it, as far as it matters where a string begins and ends: both kinds of
/// quotes in all their Unicode forms, here-strings, both kinds of comments, the backtick.
class Reader {
 public:
  explicit Reader(Text text) : text_(std::move(text)) {}

  std::vector<Token> tokens() {
    std::vector<Token> all;
    while (at_ < text_.size()) {
      const char32_t c = text_[at_];
      if (space(c)) {
        ++at_;
      } else if (line_end(c)) {
        all.push_back({Token::Kind::mark, U"\n"});
        ++at_;
      } else if (c == U'`') {
        at_ += 2;
      } else if (c == U'@' && at_ + 1 < text_.size() &&
                 (single_quote(text_[at_ + 1]) || double_quote(text_[at_ + 1]))) {
        all.push_back(here_string());
      } else if (single_quote(c)) {
        all.push_back(literal());
      } else if (double_quote(c)) {
        all.push_back(expandable());
      } else if (c == U'<' && next() == U'#') {
        all.push_back(block_comment());
      } else if (c == U'#') {
        all.push_back(comment());
      } else {
        all.push_back(word());
      }
    }
    return all;
  }

 private:
  char32_t next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : U'\0'; }

  Token literal() {
    Text value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (single_quote(text_[at_])) {
        if (at_ + 1 >= text_.size() || !single_quote(text_[at_ + 1])) {
          ++at_;
          return {Token::Kind::literal, value};
        }
        ++at_;
      }
      value += text_[at_];
    }
    return {Token::Kind::broken, value};
  }
  Token expandable() {
    Text value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == U'`') {
        ++at_;
      } else if (double_quote(text_[at_])) {
        if (at_ + 1 >= text_.size() || !double_quote(text_[at_ + 1])) {
          ++at_;
          return {Token::Kind::expandable, value};
        }
        ++at_;
      }
      if (at_ < text_.size()) value += text_[at_];
    }
    return {Token::Kind::broken, value};
  }
  Token here_string() {
    const bool single = single_quote(text_[at_ + 1]);
    Text value;
    for (at_ += 2; at_ + 2 < text_.size(); ++at_) {
      const char32_t quote = text_[at_ + 1];
      if (line_end(text_[at_]) && (single ? single_quote(quote) : double_quote(quote)) && text_[at_ + 2] == U'@') {
        at_ += 3;
        return {single ? Token::Kind::literal : Token::Kind::expandable, value};
      }
      value += text_[at_];
    }
    at_ = text_.size();
    return {Token::Kind::broken, value};
  }
  Token block_comment() {
    Text value;
    for (at_ += 2; at_ + 1 < text_.size(); ++at_) {
      if (text_[at_] == U'#' && text_[at_ + 1] == U'>') {
        at_ += 2;
        return {Token::Kind::comment, value};
      }
      value += text_[at_];
    }
    at_ = text_.size();
    return {Token::Kind::broken, value};
  }
  Token comment() {
    Text value;
    while (at_ < text_.size() && !line_end(text_[at_])) value += text_[at_++];
    return {Token::Kind::comment, value};
  }
  /// A run of letters, or one mark of its own. Inside a word a # begins no comment, and a dash is a dash in every form.
  Token word() {
    constexpr std::u32string_view kMarks = U"$(){}[];,|&=@";
    Text value;
    while (at_ < text_.size()) {
      const char32_t c = text_[at_];
      const bool ends = space(c) || line_end(c) || single_quote(c) || double_quote(c) || c == U'`';
      if (ends || (kMarks.contains(c) && !value.empty())) break;
      value += dash(c) ? U'-' : c;
      ++at_;
      if (kMarks.contains(c)) return {Token::Kind::mark, value};
    }
    return {Token::Kind::word, value};
  }

  const Text text_;
  std::size_t at_ = 0;
};

std::vector<Token> read(const std::string& script) {
  return Reader(decoded(script)).tokens();
}

PreparationFacts facts_with(const std::string& value) {
  return {.account = value, .mailbox_checks = {value}, .refused_mailboxes = {value, value}, .user_agents = {value}};
}

/// The script's shape: all but what stands in the literals. A script with other than ASCII letters begins with a check
/// of its encoding, which is left out.
std::vector<Token> shape_of(std::vector<Token> tokens) {
  const Token first{Token::Kind::word, U"Account"};
  const auto begin = std::ranges::find(tokens, first);
  tokens.erase(tokens.begin(), begin);
  for (Token& token : tokens) {
    if (token.kind == Token::Kind::literal) token.text.clear();
  }
  return tokens;
}

/// Those of the values: the first six literals behind the first assignment.
std::vector<Text> values_in(const std::vector<Token>& tokens) {
  std::vector<Text> values;
  auto at = std::ranges::find(tokens, Token{Token::Kind::word, U"Account"});
  for (; at != tokens.end() && values.size() < 6; ++at) {
    if (at->kind == Token::Kind::literal) values.push_back(at->text);
  }
  return values;
}

void expect_held(const std::string& value, const std::vector<Token>& script_shape,
                 const std::vector<Token>& undo_shape) {
  const auto made = prepare(facts_with(value));
  if (!made) {
    EXPECT_TRUE(made.error().is(ConnectionsError::invalid_form));
    return;
  }
  const Text wanted = decoded(value);
  for (const auto& [script, shape] : {std::pair(&made->script, &script_shape), std::pair(&made->undo, &undo_shape)}) {
    const auto tokens = read(*script);
    ASSERT_EQ(shape_of(tokens), *shape) << "broken out by: " << value << "\n" << script->substr(0, 1500);
    const auto values = values_in(tokens);
    ASSERT_EQ(values.size(), 6U);
    // The second is the name that is made of the account's.
    for (const std::size_t i : {0U, 2U, 3U, 4U, 5U}) EXPECT_EQ(values[i], wanted) << value;
  }
}

class HostileValue {
 public:
  explicit HostileValue(std::uint64_t seed) : random_(seed) {}
  std::string next() {
    static const std::vector<Text> kPieces{U"'",
                                           U"''",
                                           U"\u2018",
                                           U"\u2019",
                                           U"\u201a",
                                           U"\u201b",
                                           U"\u2018\u2019",
                                           U"\"",
                                           U"\u201c",
                                           U"\u201d",
                                           U"\u201e",
                                           U"`",
                                           U"$(",
                                           U")",
                                           U"@'",
                                           U"'@",
                                           U"@\"",
                                           U"#",
                                           U"<#",
                                           U"#>",
                                           U";",
                                           U"|",
                                           U"\n",
                                           U"\r",
                                           U"\t",
                                           U"\u0085",
                                           U"\u2028",
                                           U"\u00a0",
                                           U"\u2013",
                                           U"\u2014",
                                           U"\u2015",
                                           U"{0}",
                                           U"}",
                                           U"\\",
                                           U"%",
                                           U"&",
                                           U"\u0112",
                                           U"\U0001f525",
                                           U"\u202e",
                                           U"\ufeff",
                                           U"a",
                                           U"svc@example.test",
                                           U"; Remove-Mailbox ",
                                           std::u32string(1, U'\0'),
                                           U"\u007f",
                                           U"\u0301",
                                           U"--%",
                                           U"$env:x"};
    Text text;
    const std::size_t count = random_() % 12;
    for (std::size_t i = 0; i < count; ++i) {
      if (random_() % 8 == 0) {
        const char32_t c = static_cast<char32_t>(random_() % 0x110000);
        if (c < 0xd800 || c > 0xdfff) text += c;
      } else {
        text += kPieces[random_() % kPieces.size()];
      }
    }
    return encoded(text);
  }

 private:
  std::mt19937_64 random_;
};

TEST(Preparation, no_value_breaks_out_of_its_quotes) {
  const auto plain = prepare(facts_with("svc@example.test"));
  ASSERT_TRUE(plain) << plain.error().describe();
  const auto script = shape_of(read(plain->script));
  const auto undo = shape_of(read(plain->undo));
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  HostileValue hostile(seed);
  for (int i = 0; i < 3000 && !HasFatalFailure(); ++i) expect_held(hostile.next(), script, undo);
}

TEST(Preparation, the_reader_sees_what_is_not_held) {
  // The reader itself: each of these would be a break-out were quotes not doubled.
  for (const char* quote : {"'", "\u2018", "\u2019", "\u201a", "\u201b"}) {
    const auto tokens = read("$a = 'x" + std::string(quote) + "; Remove-Mailbox y #'\n$b");
    const Token escaped{Token::Kind::word, U"Remove-Mailbox"};
    EXPECT_NE(std::ranges::find(tokens, escaped), tokens.end()) << quote;
    const auto held = read("$a = 'x" + std::string(quote) + quote + "; Remove-Mailbox y #'\n$b");
    EXPECT_EQ(std::ranges::find(held, escaped), held.end()) << quote;
  }
  EXPECT_EQ(read("@'\nit's\n'@").size(), 1U);
  EXPECT_EQ(read("<# a\n'b #> 'c'").size(), 2U);
}

TEST(Preparation, quotes_are_doubled_and_the_unseen_is_refused) {
  EXPECT_EQ(*powershell_literal("o'brien"), "'o''brien'");
  EXPECT_EQ(*powershell_literal("a\u2018b\u2019c\u201ad\u201be"),
            "'a\u2018\u2018b\u2019\u2019c\u201a\u201ad\u201b\u201be'");
  EXPECT_EQ(*powershell_literal("$(x) `n \"y\" {0}"), "'$(x) `n \"y\" {0}'");
  for (const std::string_view bad :
       {std::string_view("a\nb"), std::string_view("a\rb"), std::string_view("a\0b", 3), std::string_view("\x7f"),
        std::string_view("\u0085"), std::string_view("\u2028"), std::string_view("\u202e"), std::string_view("\ufeff"),
        std::string_view("\xff")}) {
    const auto refused = powershell_literal(bad);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(ConnectionsError::invalid_form));
  }
}

TEST(Preparation, a_script_with_other_letters_checks_how_it_is_read_before_it_holds_any) {
  const auto ascii = prepare(facts_with("svc@example.test"));
  ASSERT_TRUE(ascii);
  EXPECT_TRUE(std::ranges::all_of(ascii->script, [](unsigned char c) { return c < 0x80; }));
  // Read in the host's code page, the second byte of U+0112 is a closing quote.
  const auto made = prepare(facts_with("\u0112@example.test"));
  ASSERT_TRUE(made);
  const std::size_t check = made->script.find("another encoding");
  ASSERT_NE(check, std::string::npos);
  EXPECT_LT(check, made->script.find("\u0112"));
}

TEST(Preparation, names_fit_exchange_and_are_the_accounts_own) {
  const auto name_in = [](const std::string& account) {
    const auto made = prepare({.account = account, .mailbox_checks = {}, .refused_mailboxes = {}, .user_agents = {}});
    const auto tokens = read(made->script);
    return encoded(values_in(tokens).at(1));
  };
  EXPECT_EQ(name_in("svc@example.test"), "Mailward svc@example.test");
  EXPECT_EQ(name_in("SVC@Example.Test"), name_in("svc@example.test"));
  EXPECT_NE(name_in("EXAMPLE\\svc"), name_in("EXAMPLE-svc"));
  EXPECT_LE(name_in(std::string(200, 'a') + "@example.test").size(), 64U);
  EXPECT_NE(name_in(std::string(200, 'a') + "1"), name_in(std::string(200, 'a') + "2"));
}

TEST(Preparation, counts_in_what_the_accounts_other_connections_need) {
  using mailward::testing::must;
  mailward::testing::Product product({});
  ConnectionForm form;
  form.description = "One";
  form.ews_url = "https://mail.example.test/EWS/Exchange.asmx";
  form.master_mailbox = "svc@example.test";
  form.mailbox_check = "usera@example.test";
  form.refused_mailbox = "board@example.test";
  const auto one = must(product.ledger().create_connection(form, std::nullopt, std::nullopt, product.by()));
  form.description = "Two";
  form.master_mailbox = "SVC@example.test";
  form.mailbox_check = "userb@example.test";
  form.refused_mailbox = "Board@example.test";
  form.user_agent = "Own/1.0";
  const auto facts = must(preparation_facts(product.ledger(), form, std::nullopt));
  EXPECT_EQ(facts.mailbox_checks, (std::vector<std::string>{"userb@example.test", "usera@example.test"}));
  EXPECT_EQ(facts.refused_mailboxes, std::vector<std::string>{"Board@example.test"});
  EXPECT_EQ(facts.user_agents, (std::vector<std::string>{"Own/1.0", "Mailward/*"}));
  const auto edited = must(preparation_facts(product.ledger(), form, one.id));
  EXPECT_EQ(edited.mailbox_checks, std::vector<std::string>{"userb@example.test"});
}

}  // namespace
}  // namespace mailward::connections
