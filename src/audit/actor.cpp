#include "audit/actor.h"

#include <algorithm>

#include "base/bytes.h"

namespace mailward::audit {

namespace {

constexpr std::size_t kNameLimit = 200;

std::string_view prefix_of(Actor::Kind kind) {
  switch (kind) {
    case Actor::Kind::local:
      return "local:";
    case Actor::Kind::system:
      return "system:";
    case Actor::Kind::user:
      return "user:";
  }
  return "unknown:";
}

}  // namespace

Actor Actor::local(std::uint32_t uid) {
  return {.kind = Kind::local, .name = std::to_string(uid)};
}
Actor Actor::system(std::string_view part) {
  return {.kind = Kind::system, .name = std::string(part)};
}
Actor Actor::user(std::string_view id) {
  return {.kind = Kind::user, .name = std::string(id)};
}

std::string Actor::text() const {
  return std::string(prefix_of(kind)) + name;
}

Result<Actor> Actor::parse(std::string_view text) {
  for (const Kind kind : {Kind::local, Kind::system, Kind::user}) {
    const std::string_view prefix = prefix_of(kind);
    if (!text.starts_with(prefix)) continue;
    const std::string_view name = text.substr(prefix.size());
    const bool digits = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
    if (name.empty() || name.size() > kNameLimit || (kind == Kind::local && !digits)) break;
    return Actor{.kind = kind, .name = std::string(name)};
  }
  return fail(BaseError::malformed, "'" + printable(text) + "' is not the text form of an actor (\"local:1000\")");
}

}  // namespace mailward::audit
