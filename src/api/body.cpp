#include "api/body.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace mailward::api {

namespace {

using nlohmann::json;

bool is_secret_name(std::string_view name) {
  return name.ends_with("password") || name == "token" || name == "code" || name == "private_half";
}

/// Builds the tree, with limits that nlohmann's own builder lacks, and diverts secrets.
class Builder : public nlohmann::json_sax<json> {
 public:
  json root;
  std::map<std::string, SecretString, std::less<>> secrets;
  std::string trouble;

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool string(string_t& value) override {
    // The lexer's own buffer is handed in: taking it leaves no copy there.
    if (open_.size() == 1 && is_secret_name(key_)) {
      secrets[key_] = SecretString::taken_from(value);
      return put(json::value_t::discarded);
    }
    return put(value);
  }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (open_.back()->size() == static_cast<std::size_t>(Body::kMaxMembers)) {
      return refuse("an object in it has more than " + std::to_string(Body::kMaxMembers) + " members");
    }
    if (open_.back()->contains(name)) return refuse("the member \"" + printable(name, 60) + "\" stands there twice");
    key_ = name;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    trouble = "it is not JSON from byte " + std::to_string(position) + " on";
    return false;
  }

 private:
  bool refuse(std::string why) {
    if (trouble.empty()) trouble = std::move(why);
    return false;
  }
  json* place(json value) {
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      if (parent.size() == static_cast<std::size_t>(Body::kMaxElements)) {
        refuse("a list in it has more than " + std::to_string(Body::kMaxElements) + " elements");
        return nullptr;
      }
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }
  bool put(json value) { return place(std::move(value)) != nullptr; }
  bool open(json value) {
    if (open_.size() == static_cast<std::size_t>(Body::kMaxDepth)) {
      return refuse("it is nested more than " + std::to_string(Body::kMaxDepth) + " deep");
    }
    json* const placed = place(std::move(value));
    open_.push_back(placed);
    return placed != nullptr;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<json*> open_;
  std::string key_;
};

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  if (name.size() > 60) return {};
  std::string nearest;
  std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t far = distance(name, candidate);
    if (far < best) {
      best = far;
      nearest = candidate;
    }
  }
  return nearest;
}

struct Body::State {
  json object = json::object();
  std::map<std::string, SecretString, std::less<>> secrets;
  std::set<std::string, std::less<>> known;
  std::vector<MemberProblem> problems;
};

Body::Body() : state_(std::make_unique<State>()) {}
Body::~Body() = default;
Body::Body(Body&&) noexcept = default;
Body& Body::operator=(Body&&) noexcept = default;

Result<Body> Body::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return fail(ApiError::too_large, "the body is longer than a megabyte");
  Builder builder;
  const bool whole = json::sax_parse(text, &builder);
  if (!whole || !builder.root.is_object()) {
    const std::string why = builder.trouble.empty() ? "it is not an object" : builder.trouble;
    return fail(Error(ApiError::malformed_body, "the body cannot be used: " + why)
                    .with_remedy("send one JSON object in UTF-8"));
  }
  Body body;
  body.state_->object = std::move(builder.root);
  body.state_->secrets = std::move(builder.secrets);
  return body;
}

const json* Body::member(std::string_view name) {
  state_->known.emplace(name);
  const auto found = state_->object.find(name);
  if (found == state_->object.end() || found->is_null()) return nullptr;
  return &*found;
}

bool Body::has(std::string_view name) {
  return member(name) != nullptr;
}

std::string Body::text(std::string_view name, std::string_view otherwise) {
  const json* value = member(name);
  if (value == nullptr) return std::string(otherwise);
  if (value->is_string()) return value->get<std::string>();
  add_problem(name, "a text is expected");
  return {};
}

std::string Body::required_text(std::string_view name) {
  if (!has(name)) add_problem(name, "this member is required");
  return text(name);
}

std::int64_t Body::integer(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
  const json* value = member(name);
  if (value == nullptr) return otherwise;
  const bool fits =
      value->is_number_unsigned() ? std::cmp_less_equal(value->get<std::uint64_t>(), most) : value->is_number_integer();
  if (fits && value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most) {
    return value->get<std::int64_t>();
  }
  add_problem(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " is expected");
  return otherwise;
}

std::int64_t Body::required_integer(std::string_view name, std::int64_t least, std::int64_t most) {
  if (!has(name)) add_problem(name, "this member is required");
  return integer(name, least, most, least);
}

bool Body::flag(std::string_view name, bool otherwise) {
  return maybe_flag(name).value_or(otherwise);
}

std::optional<bool> Body::maybe_flag(std::string_view name) {
  const json* value = member(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  add_problem(name, "true or false is expected");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Body::texts(std::string_view name) {
  const json* value = member(name);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> all;
  const bool holds = value->is_array() && std::ranges::all_of(*value, [](const json& one) { return one.is_string(); });
  if (!holds) {
    add_problem(name, "a list of texts is expected");
    return all;
  }
  for (const json& one : *value) all.push_back(one.get<std::string>());
  return all;
}

std::optional<SecretString> Body::secret(std::string_view name) {
  state_->known.emplace(name);
  const auto found = state_->secrets.find(name);
  if (found != state_->secrets.end()) return std::move(found->second);
  if (has(name)) add_problem(name, "a text is expected");
  return std::nullopt;
}

SecretString Body::required_secret(std::string_view name) {
  auto secret = this->secret(name);
  if (secret) return std::move(*secret);
  if (!has(name)) add_problem(std::string(name), "a text is expected");
  return {};
}

void Body::add_problem(std::string_view field, std::string detail) {
  state_->problems.push_back({std::string(field), std::move(detail)});
}

std::optional<Failure> Body::finish() {
  const std::vector<std::string> known(state_->known.begin(), state_->known.end());
  for (const auto& [name, value] : state_->object.items()) {
    if (state_->known.contains(name)) continue;
    const std::string meant = nearest_name(name, known);
    add_problem(printable(name, 60),
                "there is no such member here" + (meant.empty() ? std::string() : "; did you mean \"" + meant + "\"?"));
  }
  if (state_->problems.empty()) return std::nullopt;
  std::string summary;
  for (const MemberProblem& problem : state_->problems) {
    summary += (summary.empty() ? "" : "; ") + problem.field + ": " + problem.detail;
  }
  return Failure(Error(ApiError::invalid_request, summary), std::move(state_->problems));
}

}  // namespace mailward::api
