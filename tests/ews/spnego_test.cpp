#include "ews/spnego.h"

#include <gtest/gtest.h>

namespace mailward::ews {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

/// As Windows and MIT answer: accept-incomplete, and the mechanism.
const std::string kChoosesNtlm = "a1153013a0030a0101a10c060a2b06010401823702020a";
const std::string kChoosesKerberos = "a1143012a0030a0101a10b06092a864886f712010202";

TEST(Spnego, the_question_offers_kerberos_first_and_carries_no_token) {
  ASSERT_TRUE(mechanism_question().starts_with("Negotiate "));
  EXPECT_EQ(to_hex(from_base64(mechanism_question().substr(10)).value()),
            "603206062b0601050502a0283026a0243022"
            "06092a864886f712010202"
            "06092a864882f712010202"
            "060a2b06010401823702020a");
}

TEST(Spnego, reads_what_a_server_chose) {
  EXPECT_EQ(chosen_mechanism(hex(kChoosesNtlm)), Mechanism::ntlm);
  EXPECT_EQ(chosen_mechanism(hex(kChoosesKerberos)), Mechanism::kerberos);
  EXPECT_EQ(chosen_mechanism(hex("a1143012a0030a0101a10b06092a864882f712010202")), Mechanism::kerberos);
  EXPECT_EQ(chosen_mechanism(hex("a10f300da0030a0101a106060455040a01")), Mechanism::other);
  EXPECT_EQ(chosen_mechanism(hex("a1073005a0030a0102")), std::nullopt) << "reject names none";
}

TEST(Spnego, what_is_cut_off_or_lies_about_its_length_names_none) {
  const Bytes whole = hex(kChoosesNtlm);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(chosen_mechanism(BytesView(whole).first(size)), std::nullopt) << size;
  }
  for (const char* odd : {"a1ff", "a180", "a1847fffffff", "a182ffff3000", "30", "6032", "a1023080"}) {
    EXPECT_EQ(chosen_mechanism(hex(odd)), std::nullopt) << odd;
  }
}

TEST(Spnego, finds_the_answer_in_a_head) {
  HttpFields head;
  head.add("WWW-Authenticate", "NTLM");
  EXPECT_EQ(chosen_mechanism(head), std::nullopt);
  head.add("WWW-Authenticate", "Negotiate");
  EXPECT_EQ(chosen_mechanism(head), std::nullopt);
  head.add("WWW-Authenticate", "negotiate " + to_base64(hex(kChoosesNtlm)));
  EXPECT_EQ(chosen_mechanism(head), Mechanism::ntlm);
}

}  // namespace
}  // namespace mailward::ews
