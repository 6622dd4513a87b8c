#include <gtest/gtest.h>

#include "exchange_sim/ntlm_crypto.h"

namespace mailward::exchange_sim::ntlm {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
template <typename T>
std::string hex_of(const T& bytes) {
  return to_hex(BytesView(bytes.data(), bytes.size()));
}

/// MS-NLMP 4.2.1: User, Domain, Password.
constexpr std::array<std::uint8_t, 8> kServerChallenge{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

/// The response of 4.2.4.2.2 and the blob of 4.2.4.1.3: time 0, client challenge aa…, target info Domain and Server.
Authenticate example_answer() {
  Authenticate message;
  message.user = "User";
  message.domain = "Domain";
  message.nt_response =
      hex("68cd0ab851e51c96aabc927bebef6a1c"
          "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
          "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000");
  return message;
}

void put_field(Bytes& message, std::size_t at, std::size_t length, std::size_t offset) {
  for (const std::size_t place : {at, at + 2}) {
    message[place] = static_cast<std::uint8_t>(length & 0xff);
    message[place + 1] = static_cast<std::uint8_t>(length >> 8);
  }
  message[at + 4] = static_cast<std::uint8_t>(offset & 0xff);
  message[at + 5] = static_cast<std::uint8_t>(offset >> 8);
}

Bytes example_type_3() {
  Bytes message = hex("4e544c4d5353500003000000");
  message.resize(88, 0);
  message[60] = 0x01;
  std::size_t at = 20;
  for (const Bytes& part : {example_answer().nt_response, to_utf16le("Domain").value(), to_utf16le("User").value(),
                            to_utf16le("WS").value()}) {
    put_field(message, at, part.size(), message.size());
    message.insert(message.end(), part.begin(), part.end());
    at += 8;
  }
  return message;
}

TEST(Ntlm, md4_gives_the_digests_of_rfc_1320) {
  EXPECT_EQ(hex_of(md4(as_bytes(""))), "31d6cfe0d16ae931b73c59d7e0c089c0");
  EXPECT_EQ(hex_of(md4(as_bytes("abc"))), "a448017aaf21d8525fc10ae87aa6729d");
  EXPECT_EQ(hex_of(md4(as_bytes("12345678901234567890123456789012345678901234567890123456789012345678901234567890"))),
            "e33b4ddc9c38f2199c3e7b164fcc0536");
}

TEST(Ntlm, keys_are_those_of_ms_nlmp_4_2) {
  EXPECT_EQ(hex_of(nt_hash("Password")), "a4f49c406510bdcab6824ee7c30fd852");
  EXPECT_EQ(hex_of(ntowf_v2(nt_hash("Password"), "User", "Domain")), "0c868a403bfd7a93a3001ef22ef02e3f");
}

TEST(Ntlm, the_response_of_ms_nlmp_4_2_4_is_accepted_and_any_change_refused) {
  const Hash16 right = nt_hash("Password");
  EXPECT_TRUE(verify_v2(example_answer(), kServerChallenge, right));
  EXPECT_FALSE(verify_v2(example_answer(), kServerChallenge, nt_hash("password")));
  auto other_challenge = kServerChallenge;
  other_challenge[0] ^= 1;
  EXPECT_FALSE(verify_v2(example_answer(), other_challenge, right));
  for (std::size_t i = 0; i < example_answer().nt_response.size(); ++i) {
    Authenticate changed = example_answer();
    changed.nt_response[i] ^= 0x40;
    EXPECT_FALSE(verify_v2(changed, kServerChallenge, right)) << i;
  }
}

TEST(Ntlm, names_are_compared_in_upper_case_beyond_ascii) {
  EXPECT_EQ(hex_of(ntowf_v2(nt_hash("x"), "jörg", "D")), hex_of(ntowf_v2(nt_hash("x"), "JÖRG", "D")));
  EXPECT_NE(hex_of(ntowf_v2(nt_hash("x"), "jörg", "D")), hex_of(ntowf_v2(nt_hash("x"), "jörg", "d")));
}

TEST(Ntlm, rc4_is_that_of_the_known_vector) {
  EXPECT_EQ(hex_of(rc4(as_bytes("Key"), as_bytes("Plaintext"))), "bbf316e8d940af0ad3");
}

TEST(Ntlm, the_channel_binding_hash_covers_the_whole_structure) {
  // MD5 over 16 zero bytes, the length (4, little endian) and the data, computed with another tool.
  EXPECT_EQ(hex_of(channel_binding_hash(as_bytes("test"))), "6252d6eafbbaed8937914ec84dc4365d");
}

TEST(Ntlm, a_challenge_reads_back_as_built) {
  Challenge challenge;
  challenge.flags = kNegotiateUnicode | kNegotiateTargetInfo;
  challenge.server_challenge = kServerChallenge;
  challenge.target_name = "EXAMPLE";
  challenge.target_info = {{.id = AvId::nb_domain_name, .value = to_utf16le("EXAMPLE").value()},
                           {.id = AvId::timestamp, .value = Bytes(8, 7)}};
  const auto read = parse_challenge(build_challenge(challenge));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->target_name, "EXAMPLE");
  EXPECT_EQ(read->server_challenge, kServerChallenge);
  ASSERT_EQ(read->target_info.size(), 2U);
  EXPECT_EQ(read->target_info[1].value, Bytes(8, 7));
}

TEST(Ntlm, a_type_3_message_is_read_whole) {
  const auto read = parse_authenticate(example_type_3());
  ASSERT_TRUE(read) << read.error().describe();
  EXPECT_EQ(read->user, "User");
  EXPECT_EQ(read->domain, "Domain");
  EXPECT_EQ(read->workstation, "WS");
  EXPECT_TRUE(verify_v2(*read, kServerChallenge, nt_hash("Password")));
}

TEST(Ntlm, messages_cut_off_at_any_byte_are_refused) {
  const Bytes whole = example_type_3();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_authenticate(BytesView(whole).first(size))) << size;
  }
  const Bytes negotiate = hex("4e544c4d5353500001000000078208a2");
  ASSERT_TRUE(parse_negotiate(negotiate));
  for (std::size_t size = 0; size < negotiate.size(); ++size) {
    EXPECT_FALSE(parse_negotiate(BytesView(negotiate).first(size))) << size;
  }
}

TEST(Ntlm, lengths_and_offsets_outside_of_the_message_are_refused) {
  for (const std::size_t at : {20U, 28U, 36U, 44U}) {
    Bytes message = example_type_3();
    message[at] = 0xfe;
    message[at + 1] = 0xff;
    EXPECT_FALSE(parse_authenticate(message)) << at;
    message = example_type_3();
    message[at + 7] = 0xff;
    EXPECT_FALSE(parse_authenticate(message)) << at;
  }
}

TEST(Ntlm, av_pairs_without_an_end_are_refused) {
  EXPECT_TRUE(parse_av_pairs(hex("00000000")));
  EXPECT_FALSE(parse_av_pairs(Bytes{}));
  EXPECT_FALSE(parse_av_pairs(hex("0200ff0041")));
  EXPECT_FALSE(parse_av_pairs(hex("020001004100")));
}

}  // namespace
}  // namespace mailward::exchange_sim::ntlm
