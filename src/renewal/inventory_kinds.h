#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace mailward::renewal {

/// How a secret is renewed.
enum class Way : std::uint8_t {
  by_itself,  ///< Mailward makes a new one and proves it
  by_person,  ///< somebody sets it, here or elsewhere
  made_anew,  ///< it is given up; who needs one makes another
  stays,      ///< it cannot be replaced; the kind's `how` says why, and what guards it
};
/// "by_itself", "by_person", "made_anew", "stays".
std::string_view name_of(Way way);
/// Anything else reads as by_person: somebody looks.
Way way_named(std::string_view name);

/// What is known of all secrets of one kind.
struct KindInfo {
  std::string_view kind;  ///< as the room that holds it records it
  std::string_view title;
  Way way;                         ///< of most: a single one may be renewed otherwise (Inventory)
  std::chrono::days greatest_age;  ///< unless the house says otherwise; 0: none, or its own expiry counts
  int rank;                        ///< its place in a plan: the lowest first
  int times;                       ///< how often it must be renewed after a breach
  std::string_view how;            ///< a sentence: how it is renewed
  std::string_view command;        ///< the command line for it; "{id}" stands for its id; empty: none
  std::string_view page;           ///< the console's, likewise
  std::string_view reason;         ///< a sentence: why it has that place in a plan, and why so often
};

/// The table, by rank.
std::span<const KindInfo> kinds();
/// Of a kind that no table knows (a product's, say): renewed by a person, within a year.
const KindInfo& info_of_kind(std::string_view kind);
/// A service account that sets others' passwords: of the kind "service_account", with a place of its own.
const KindInfo& info_of_reset_account();

}  // namespace mailward::renewal
