#include "kerberos/refusal.h"

#include <gtest/gtest.h>

#include "kerberos/tickets.h"

namespace mailward::kerberos {
namespace {

/// KERB-ERROR-DATA (MS-KILE 2.2.1) around a KERB-EXT-ERROR with this status.
Bytes error_data(std::uint32_t status) {
  Bytes der{0x30, 0x15, 0xa1, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x0e, 0x04, 0x0c};
  for (unsigned shift : {0U, 8U, 16U, 24U}) der.push_back(static_cast<std::uint8_t>(status >> shift));
  der.insert(der.end(), {0, 0, 0, 0, 1, 0, 0, 0});
  return der;
}

/// The same as one PA-DATA of a METHOD-DATA, which Samba sends, after another.
Bytes method_data(std::uint32_t status) {
  Bytes one = error_data(status);
  Bytes der{
      0x30, static_cast<std::uint8_t>(one.size() + 11), 0x30, 0x09, 0xa1, 0x03, 0x02, 0x01, 0x02, 0xa2, 0x02, 0x04,
      0x00};
  der.insert(der.end(), one.begin(), one.end());
  return der;
}

TEST(RefusalTest, the_status_is_read_in_both_forms) {
  EXPECT_EQ(nt_status_of(error_data(0xC0000234)), 0xC0000234U);
  EXPECT_EQ(nt_status_of(method_data(0xC0000072)), 0xC0000072U);
}

TEST(RefusalTest, what_is_cut_off_or_something_else_has_no_status) {
  for (const Bytes& whole : {error_data(0xC0000234), method_data(0xC0000234)}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      EXPECT_EQ(nt_status_of(BytesView(whole).first(length)), std::nullopt) << length;
    }
  }
  Bytes another = error_data(0xC0000234);
  another[6] = 4;  // another type
  EXPECT_EQ(nt_status_of(another), std::nullopt);
  EXPECT_EQ(nt_status_of(to_bytes("not DER at all")), std::nullopt);
}

TEST(RefusalTest, the_status_decides_where_the_code_is_a_group) {
  auto of = [](std::uint32_t code, std::optional<std::uint32_t> status) {
    return refusal(Phase::initial, code, status, "words").name();
  };
  EXPECT_EQ(of(18, 0xC0000234), "account_locked");
  EXPECT_EQ(of(18, 0xC0000072), "account_disabled");
  EXPECT_EQ(of(18, 0xC0000193), "account_expired");
  EXPECT_EQ(of(18, std::nullopt), "account_revoked");
  EXPECT_EQ(of(18, 0xC0123456), "account_revoked");
  EXPECT_EQ(of(23, 0xC0000224), "must_change_password");
  EXPECT_EQ(of(23, std::nullopt), "password_expired");
  EXPECT_EQ(of(12, 0xC000006F), "not_allowed_now");
  EXPECT_EQ(of(24, std::nullopt), "bad_password");
  EXPECT_EQ(of(6, 0xC0000072), "unknown_user") << "the status of another code does not count";
}

TEST(RefusalTest, the_same_code_means_another_thing_for_a_service) {
  EXPECT_EQ(refusal(Phase::service, 7, std::nullopt, "").name(), "no_spn");
  EXPECT_EQ(refusal(Phase::initial, 7, std::nullopt, "").name(), "no_kdc_known");
  EXPECT_EQ(refusal(Phase::service, 8, std::nullopt, "").name(), "duplicate_spn");
  EXPECT_EQ(refusal(Phase::service, 14, std::nullopt, "").name(), "etype_mismatch");
}

}  // namespace
}  // namespace mailward::kerberos
