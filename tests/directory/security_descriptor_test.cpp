#include "directory/security_descriptor.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "directory/attribute_values.h"

namespace mailward::directory {
namespace {

constexpr std::string_view kSomebody = "S-1-5-21-1-2-3-1104";
constexpr std::string_view kForceChange{"\x70\x95\x29\x00\x6d\x24\xd0\x11\xa7\x68\x00\xaa\x00\x6e\x05\x29", 16};

std::string little(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
  return bytes;
}

std::string sid(std::string_view text) {
  return sid_binary(text).value();
}

/// `kind` and `flags` as in MS-DTYP 2.4.4.1; with a GUID an entry for one object type.
std::string ace(unsigned kind, unsigned flags, std::uint32_t mask, std::string_view trustee,
                std::string_view guid = {}) {
  std::string body = little(mask, 4);
  if (kind == 5 || kind == 6) body += little(guid.empty() ? 0 : 1, 4) + std::string(guid);
  body += sid(trustee);
  return little(kind, 1) + little(flags, 1) + little(body.size() + 4, 2) + body;
}

std::string descriptor(const std::vector<std::string>& aces, std::string_view owner = {}) {
  std::string list;
  for (const std::string& one : aces) list += one;
  list = little(4, 1) + little(0, 1) + little(list.size() + 8, 2) + little(aces.size(), 2) + little(0, 2) + list;
  const std::string owned = owner.empty() ? std::string() : sid(owner);
  const std::size_t list_at = 20 + owned.size();
  return little(1, 1) + little(0, 1) + little(0x8004, 2) + little(owned.empty() ? 0 : 20, 4) + little(0, 4) +
         little(0, 4) + little(list_at, 4) + owned + list;
}

std::string who(const std::string& bytes) {
  const auto read = read_security_descriptor(bytes);
  if (!read) return std::string(read.error().name());
  std::string text;
  for (const Resetter& one : resetters_in(*read)) {
    text += (one.sid == kSomebody ? "somebody" : one.sid) + " " + std::string(name_of(one.by)) + "; ";
  }
  return text;
}

TEST(SecurityDescriptor, the_right_is_found_in_each_of_its_forms) {
  EXPECT_EQ(who(descriptor({ace(5, 0, 0x100, kSomebody, kForceChange)})), "somebody reset_right; ");
  EXPECT_EQ(who(descriptor({ace(5, 0, 0x100, kSomebody)})), "somebody reset_right; ") << "all extended rights";
  EXPECT_EQ(who(descriptor({ace(0, 0, 0x100, kSomebody)})), "somebody reset_right; ");
  EXPECT_EQ(who(descriptor({ace(0, 0, 0x10000000, kSomebody)})), "somebody full_control; ");
  EXPECT_EQ(who(descriptor({ace(0, 0, 0x000f01ff, kSomebody)})), "somebody full_control; ");
  EXPECT_EQ(who(descriptor({ace(0, 0, 0x000c0000, kSomebody)})), "somebody write_dac; somebody write_owner; ");
  EXPECT_EQ(who(descriptor({}, "S-1-5-32-544")), "S-1-5-32-544 ownership; ");
}

TEST(SecurityDescriptor, what_is_no_such_right_is_none) {
  const std::string other(16, 'x');
  EXPECT_EQ(who(descriptor({ace(5, 0, 0x100, kSomebody, other)})), "");
  EXPECT_EQ(who(descriptor({ace(0, 0, 0x00020094, kSomebody)})), "") << "reading";
  EXPECT_EQ(who(descriptor({ace(0, 0x08, 0x10000000, kSomebody)})), "") << "for what is below alone";
  EXPECT_EQ(who(descriptor({ace(9, 0, 0x10000000, kSomebody)})), "") << "a kind that is left out";
}

TEST(SecurityDescriptor, who_is_denied_first_has_it_not) {
  EXPECT_EQ(who(descriptor({ace(6, 0, 0x100, kSomebody, kForceChange), ace(5, 0, 0x100, kSomebody, kForceChange)})),
            "");
  EXPECT_EQ(who(descriptor({ace(1, 0, 0x10000000, kSomebody), ace(0, 0, 0x100, kSomebody)})), "");
  EXPECT_EQ(who(descriptor({ace(0, 0, 0x100, kSomebody), ace(1, 0, 0x100, kSomebody)})), "somebody reset_right; ");
}

TEST(SecurityDescriptor, no_list_at_all_lets_everybody) {
  std::string bytes = descriptor({});
  bytes[3] = '\x80';
  bytes[2] = '\0';
  EXPECT_EQ(who(bytes), "S-1-1-0 no_list; ");
}

TEST(SecurityDescriptor, nothing_is_read_outside_of_it) {
  const std::string whole = descriptor({ace(5, 0, 0x100, kSomebody, kForceChange)}, "S-1-5-32-544");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(who(whole.substr(0, size)), "malformed") << size;
  }
  // Every byte turned over: an answer or an error, never more.
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string broken = whole;
      broken[at] = value;
      EXPECT_NO_THROW(who(broken)) << at;
    }
  }
  EXPECT_EQ(who(std::string(70'000, '\1')), "limit_exceeded");
}

}  // namespace
}  // namespace mailward::directory
