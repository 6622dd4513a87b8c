#include "tests/support/test_ca.h"

#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <stdexcept>

namespace mailward::testing {
namespace {

template <typename T, void (*free_it)(T*)>
struct Free {
  void operator()(T* thing) const { free_it(thing); }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO, BIO_free_all>>;

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("test certificate: cannot ") + what);
}

Key make_key(KeyKind kind) {
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case KeyKind::ec_p256:
      key = EVP_EC_gen("P-256");
      break;
    case KeyKind::rsa_2048:
      key = EVP_RSA_gen(2048);
      break;
    case KeyKind::rsa_1024:
      key = EVP_RSA_gen(1024);
      break;
  }
  must(key != nullptr, "make a key");
  return Key(key);
}

template <typename Write>
std::string pem_of(Write write) {
  Bio bio(BIO_new(BIO_s_mem()));
  must(bio != nullptr && write(bio.get()) == 1, "write PEM");
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}
std::string pem_of(X509* certificate) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
std::string pem_of(EVP_PKEY* key) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  must(extension != nullptr, "make an extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void sign(X509* certificate, EVP_PKEY* key, SignatureKind kind) {
  const EVP_MD* digest = EVP_sha256();
  if (kind == SignatureKind::sha384) digest = EVP_sha384();
  if (kind == SignatureKind::sha512) digest = EVP_sha512();
  if (kind == SignatureKind::sha1) digest = EVP_sha1();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  bool ready = EVP_DigestSignInit(context, &parameters, digest, nullptr, key) == 1;
  if (ready && kind == SignatureKind::rsa_pss_sha256) {
    ready = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  bool done = ready && X509_sign_ctx(certificate, context) > 0;
  EVP_MD_CTX_free(context);
  must(done, "sign");
}

Certificate bare_certificate(const std::string& common_name, EVP_PKEY* key, std::chrono::seconds starts,
                             std::chrono::seconds ends) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  unsigned char serial[16];
  must(RAND_bytes(serial, sizeof serial) == 1, "draw a serial number");
  serial[0] &= 0x7f;
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), starts.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends.count());
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  return certificate;
}

std::string alternative_names(const CertificateWish& wish) {
  std::string names;
  for (const auto& name : wish.dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  for (const auto& address : wish.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  return names;
}

IssuedCertificate issue_with(const CertificateWish& wish, X509* issuer, EVP_PKEY* issuer_key, SignatureKind signature) {
  Key key = make_key(wish.key);
  Certificate certificate = bare_certificate(wish.common_name, key.get(), wish.starts, wish.ends);
  X509* signer = issuer != nullptr ? issuer : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  add_extension(certificate.get(), signer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), signer, NID_ext_key_usage, "serverAuth");
  if (std::string names = alternative_names(wish); !names.empty()) {
    add_extension(certificate.get(), signer, NID_subject_alt_name, names);
  }
  if (X509_check_issued(signer, signer) != X509_V_OK) {
    // As issuing authorities below a root do: where their own certificate can be fetched.
    add_extension(certificate.get(), signer, NID_info_access, "caIssuers;URI:http://pki.example.test/issuing.crt");
  }
  sign(certificate.get(), issuer_key != nullptr ? issuer_key : key.get(), signature);
  IssuedCertificate issued;
  issued.certificate = pem_of(certificate.get());
  issued.key = pem_of(key.get());
  issued.chain = issued.certificate;
  return issued;
}

void write_file(const std::filesystem::path& path, const std::string& text, mode_t mode) {
  std::ofstream(path) << text;
  must(chmod(path.c_str(), mode) == 0, "write a file");
}

}  // namespace

struct TestCa::State {
  Key key;
  Certificate certificate;
  std::string pem;
  std::string below_root;  ///< this authority and those above it, without the root
  SignatureKind signature = SignatureKind::sha256;

  static std::unique_ptr<State> make(const std::string& name, KeyKind kind, SignatureKind signature,
                                     const State* issuer) {
    auto state = std::make_unique<State>();
    state->signature = signature;
    state->key = make_key(kind);
    state->certificate =
        bare_certificate(name, state->key.get(), -std::chrono::hours(24 * 365), std::chrono::hours(24 * 3650));
    X509* signer = issuer != nullptr ? issuer->certificate.get() : state->certificate.get();
    X509_set_issuer_name(state->certificate.get(), X509_get_subject_name(signer));
    add_extension(state->certificate.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(state->certificate.get(), signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(state->certificate.get(), signer, NID_subject_key_identifier, "hash");
    sign(state->certificate.get(), issuer != nullptr ? issuer->key.get() : state->key.get(),
         issuer != nullptr ? issuer->signature : signature);
    state->pem = pem_of(state->certificate.get());
    if (issuer != nullptr) state->below_root = state->pem + issuer->below_root;
    return state;
  }
};

TestCa::TestCa(std::string name, KeyKind key, SignatureKind signature)
    : state_(State::make(name, key, signature, nullptr)) {}
TestCa::TestCa(std::unique_ptr<State> state) : state_(std::move(state)) {}
TestCa::~TestCa() = default;
TestCa::TestCa(TestCa&&) noexcept = default;
TestCa& TestCa::operator=(TestCa&&) noexcept = default;

TestCa TestCa::intermediate(std::string name) const {
  return TestCa(State::make(name, KeyKind::ec_p256, SignatureKind::sha256, state_.get()));
}

IssuedCertificate TestCa::issue(const CertificateWish& wish) const {
  IssuedCertificate issued = issue_with(wish, state_->certificate.get(), state_->key.get(), state_->signature);
  issued.chain += state_->below_root;
  return issued;
}

IssuedCertificate TestCa::self_signed(const CertificateWish& wish) {
  return issue_with(wish, nullptr, nullptr, SignatureKind::sha256);
}

const std::string& TestCa::pem() const {
  return state_->pem;
}
void TestCa::write_pem(const std::filesystem::path& path) const {
  write_file(path, state_->pem, 0644);
}

void IssuedCertificate::write(const std::filesystem::path& dir, std::string_view name, bool with_chain) const {
  write_file(dir / (std::string(name) + ".crt"), with_chain ? chain : certificate, 0644);
  write_file(dir / (std::string(name) + ".key"), key, 0600);
}

}  // namespace mailward::testing
