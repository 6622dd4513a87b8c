#include "base/tls.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "http/server.h"
#include "tests/support/test_ca.h"

namespace mailward {
namespace {

using namespace std::chrono_literals;
using testing::CertificateWish;
using testing::IssuedCertificate;
using testing::TestCa;

const IpAddress kLoopback = IpAddress::v4({127, 0, 0, 1});

/// A real server that shows a certificate.
struct Shown {
  std::unique_ptr<http::Server> server;
  SocketAddress address;
};

Shown show(std::optional<http::TlsOptions> tls, http::ListenerMode mode = http::ListenerMode::serve) {
  http::ServerOptions options;
  options.listeners.push_back({"https", SocketAddress{kLoopback, 0}, std::move(tls), std::make_shared<http::Router>()});
  auto server = http::Server::start(std::move(options));
  if (!server) throw std::runtime_error(server.error().describe());
  if (auto set = (*server)->set_mode("https", mode); !set) throw std::runtime_error(set.error().describe());
  const SocketAddress address = (*server)->address("https").value();
  return {std::move(*server), address};
}

http::TlsOptions with(const IssuedCertificate& issued, bool chain = true) {
  http::TlsOptions options;
  options.certificate_chain_pem = chain ? issued.chain : issued.certificate;
  options.private_key_pem = SecretString(std::string_view(issued.key));
  return options;
}

TlsVerdict verdict_at(const Shown& shown, const TestCa& trusted, std::string_view name = "mail.example.test") {
  const auto trust = CertificateTrust::from_pem(trusted.pem()).value();
  const auto diagnosis = diagnose_tls(shown.address, name, trust, Deadline::after(2s));
  if (!diagnosis) throw std::runtime_error(diagnosis.error().describe());
  return diagnosis->verdict;
}

const CertificateWish kMail{
    .common_name = "mail.example.test", .dns_names = {"mail.example.test"}, .addresses = {"127.0.0.1"}};

TEST(TlsDiagnosis, takes_what_is_right) {
  const TestCa ca;
  const Shown shown = show(with(ca.issue(kMail)));
  EXPECT_EQ(verdict_at(shown, ca), TlsVerdict::ok);
  EXPECT_EQ(verdict_at(shown, ca, "127.0.0.1"), TlsVerdict::ok);
  const TestCa middle = ca.intermediate();
  EXPECT_EQ(verdict_at(show(with(middle.issue(kMail))), ca), TlsVerdict::ok);
  // An administrator may trust the issuing authority alone.
  EXPECT_EQ(verdict_at(show(with(middle.issue(kMail))), middle), TlsVerdict::ok);
}

TEST(TlsDiagnosis, names_what_is_wrong_with_a_certificate) {
  const TestCa ca;
  const Shown right = show(with(ca.issue(kMail)));
  EXPECT_EQ(verdict_at(right, ca, "other.example.test"), TlsVerdict::name_mismatch);
  EXPECT_EQ(verdict_at(right, ca, "127.0.0.2"), TlsVerdict::name_mismatch);
  EXPECT_EQ(verdict_at(right, TestCa("Another Root")), TlsVerdict::untrusted);
  CertificateWish wish = kMail;
  wish.ends = -1min;
  EXPECT_EQ(verdict_at(show(with(ca.issue(wish))), ca), TlsVerdict::expired);
  wish = kMail;
  wish.starts = 1h;
  EXPECT_EQ(verdict_at(show(with(ca.issue(wish))), ca), TlsVerdict::not_yet_valid);
  EXPECT_EQ(verdict_at(show(with(TestCa::self_signed(kMail))), ca), TlsVerdict::untrusted);
  wish = kMail;
  wish.key = testing::KeyKind::rsa_1024;
  http::TlsOptions weak = with(ca.issue(wish));
  weak.ciphers = "DEFAULT:@SECLEVEL=0";
  EXPECT_EQ(verdict_at(show(std::move(weak)), ca), TlsVerdict::too_weak);
}

TEST(TlsDiagnosis, tells_a_missing_intermediate_from_a_private_authority) {
  const TestCa ca;
  const TestCa middle = ca.intermediate();
  EXPECT_EQ(verdict_at(show(with(middle.issue(kMail), false)), ca), TlsVerdict::incomplete_chain);
  EXPECT_EQ(verdict_at(show(with(ca.issue(kMail))), TestCa("Another Root")), TlsVerdict::untrusted);
}

std::optional<TrustCandidate> candidate_at(const Shown& shown, const TestCa& trusted,
                                           std::string_view name = "mail.example.test") {
  const auto trust = CertificateTrust::from_pem(trusted.pem()).value();
  return diagnose_tls(shown.address, name, trust, Deadline::after(2s)).value().candidate;
}

TEST(TlsDiagnosis, finds_the_topmost_certificate_that_may_be_trusted) {
  const TestCa ca;
  const TestCa stranger("Another Root");
  const TestCa middle = ca.intermediate();
  const IssuedCertificate issued = middle.issue(kMail);
  EXPECT_FALSE(candidate_at(show(with(issued)), ca)) << "all is well";

  const auto issuer = candidate_at(show(with(issued)), stranger);
  ASSERT_TRUE(issuer);
  EXPECT_FALSE(issuer->of_server);
  EXPECT_EQ(issuer->certificate.fingerprint, describe_certificates(middle.pem()).value().front().fingerprint);
  // Whoever trusts it has what he needs, and it is the very one that was described.
  EXPECT_EQ(describe_certificates(issuer->pem).value().front().fingerprint, issuer->certificate.fingerprint);

  // Sent out of order and with a stranger's among them: the way up counts, not the place.
  http::TlsOptions mixed = with(issued);
  mixed.certificate_chain_pem = issued.certificate + stranger.pem() + ca.pem() + middle.pem();
  const auto root = candidate_at(show(std::move(mixed)), TestCa("A third Root"));
  ASSERT_TRUE(root);
  EXPECT_EQ(root->certificate.fingerprint, describe_certificates(ca.pem()).value().front().fingerprint);

  for (const IssuedCertificate& alone : {issued, TestCa::self_signed(kMail)}) {
    const auto own = candidate_at(show(with(alone, false)), stranger);
    ASSERT_TRUE(own);
    EXPECT_TRUE(own->of_server);
    EXPECT_EQ(own->certificate.fingerprint, describe_certificates(alone.certificate).value().front().fingerprint);
  }
}

TEST(TlsDiagnosis, offers_nothing_to_trust_where_that_would_not_be_enough) {
  const TestCa ca;
  const TestCa stranger("Another Root");
  EXPECT_FALSE(candidate_at(show(with(ca.issue(kMail))), stranger, "other.example.test"));
  CertificateWish late = kMail;
  late.ends = -1min;
  EXPECT_FALSE(candidate_at(show(with(ca.issue(late))), stranger));
  EXPECT_FALSE(candidate_at(show(with(ca.issue(late))), ca));
  CertificateWish small = kMail;
  small.key = testing::KeyKind::rsa_1024;
  http::TlsOptions weak = with(ca.issue(small));
  weak.ciphers = "DEFAULT:@SECLEVEL=0";
  EXPECT_FALSE(candidate_at(show(std::move(weak)), stranger));
}

TEST(TlsDiagnosis, names_what_is_no_tls_or_none_of_today) {
  const TestCa ca;
  EXPECT_EQ(verdict_at(show(std::nullopt), ca), TlsVerdict::not_tls);
  EXPECT_EQ(verdict_at(show(with(ca.issue(kMail)), http::ListenerMode::reset), ca), TlsVerdict::closed);
  http::TlsOptions old = with(ca.issue(kMail));
  old.min_version = http::TlsVersion::tls_1_0;
  old.max_version = http::TlsVersion::tls_1_1;
  old.ciphers = "DEFAULT:@SECLEVEL=0";
  EXPECT_EQ(verdict_at(show(std::move(old)), ca), TlsVerdict::protocol_too_old);
  const Shown silent = show(with(ca.issue(kMail)), http::ListenerMode::hang);
  const auto trust = CertificateTrust::from_pem(ca.pem()).value();
  EXPECT_EQ(diagnose_tls(silent.address, "mail.example.test", trust, Deadline::after(200ms)).value().verdict,
            TlsVerdict::timed_out);
}

TEST(Trust, is_known_by_its_certificates_and_not_by_their_file) {
  const TestCa ca;
  const auto one = CertificateTrust::from_pem(ca.pem()).value();
  const auto same = CertificateTrust::from_pem("a comment\n" + ca.pem() + "\n").value();
  EXPECT_EQ(one.identity(), same.identity());
  EXPECT_NE(one.identity(), CertificateTrust::from_pem(TestCa("Another").pem()).value().identity());
  EXPECT_FALSE(CertificateTrust::from_pem("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(CertificateTrust::from_pem(""));
}

/// RFC 5929 4.1: the signature's own hash, but SHA-256 in place of MD5 and SHA-1.
TEST(ChannelBinding, hashes_the_certificate_by_its_signature) {
  using testing::KeyKind;
  using testing::SignatureKind;
  const std::tuple<KeyKind, SignatureKind, const EVP_MD*> cases[] = {
      {KeyKind::rsa_2048, SignatureKind::sha1, EVP_sha256()},
      {KeyKind::rsa_2048, SignatureKind::sha256, EVP_sha256()},
      {KeyKind::ec_p256, SignatureKind::sha384, EVP_sha384()},
      {KeyKind::rsa_2048, SignatureKind::sha512, EVP_sha512()},
      {KeyKind::rsa_2048, SignatureKind::rsa_pss_sha256, EVP_sha256()}};
  for (const auto& [key, signature, digest] : cases) {
    const std::string pem = TestCa("Example Root", key, signature).issue(kMail).certificate;
    BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    X509_digest(certificate, digest, hash, &length);
    Bytes expected = to_bytes("tls-server-end-point:");
    expected.insert(expected.end(), hash, hash + length);
    EXPECT_EQ(tls_server_end_point(certificate).value(), expected);
    X509_free(certificate);
    BIO_free(in);
  }
}

}  // namespace
}  // namespace mailward
