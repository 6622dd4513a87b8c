#include "exchange_sim/certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <functional>
#include <memory>

#include "base/digest.h"
#include "base/file.h"
#include "exchange_sim/freeing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMaxPem = 65536;
constexpr long kDay = 24L * 3600;

using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freeing<X509_free>>;
using Bio = std::unique_ptr<BIO, Freeing<BIO_free_all>>;

std::unexpected<Error> crypto(std::string_view what) {
  ERR_clear_error();
  return fail(BaseError::crypto, "certificate: " + std::string(what));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

Key read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

Cert read_certificate(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Cert(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

struct Wish {
  std::string name;
  std::string alternative_names;  ///< as OpenSSL's configuration writes them; empty: an authority
  long starts_days = -1;
  long ends_days = 3650;
};

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  if (extension) X509_add_ext(certificate, extension.get(), -1);
}

/// `issuer` null: signs itself.
Cert make(const Wish& wish, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  Cert certificate(X509_new());
  X509* raw = certificate.get();
  X509_set_version(raw, 2);
  Bytes serial = random_bytes(16);
  serial[0] = static_cast<std::uint8_t>(serial[0] & 0x7f);
  const std::unique_ptr<BIGNUM, Freeing<BN_free>> number(
      BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(raw));
  X509_gmtime_adj(X509_getm_notBefore(raw), wish.starts_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(raw), wish.ends_days * kDay);
  X509_set_pubkey(raw, key);
  X509_NAME* name = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(wish.name.data()),
                             static_cast<int>(wish.name.size()), -1, 0);
  X509_set_issuer_name(raw, issuer == nullptr ? name : X509_get_subject_name(issuer));
  X509* signer = issuer == nullptr ? raw : issuer;
  const bool authority = wish.alternative_names.empty();
  add_extension(raw, signer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(raw, signer, NID_key_usage,
                authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment");
  add_extension(raw, signer, NID_subject_key_identifier, "hash");
  add_extension(raw, signer, NID_authority_key_identifier, "keyid");
  if (!authority) {
    add_extension(raw, signer, NID_ext_key_usage, "serverAuth");
    // As Active Directory's certificate services write it: where the issuer's certificate lies.
    add_extension(raw, signer, NID_info_access, "caIssuers;URI:http://pki.example.test/issuing.crt");
    add_extension(raw, signer, NID_subject_alt_name, wish.alternative_names);
  }
  if (X509_sign(raw, issuer_key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

/// What a file holds, or what `make_one` makes, written there.
Result<std::string> kept(const std::filesystem::path& path, unsigned mode,
                         const std::function<Result<std::string>()>& make_one) {
  if (std::filesystem::exists(path)) return read_file(path, kMaxPem);
  MW_TRY(std::string made, make_one());
  MW_CHECK(write_file_durably(path, made, mode));
  return made;
}

Result<std::string> new_rsa_key(unsigned bits) {
  const Key key(EVP_RSA_gen(bits));
  if (!key) return crypto("no RSA key could be made");
  return pem_of(key.get());
}

Result<std::string> new_ec_key() {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return crypto("no EC key could be made");
  return pem_of(key.get());
}

Result<std::string> sign(const Wish& wish, const std::string& key_pem, const std::string& issuer_pem,
                         const std::string& issuer_key_pem) {
  const Key key = read_key(key_pem);
  const Cert issuer = issuer_pem.empty() ? nullptr : read_certificate(issuer_pem);
  const Key issuer_key = read_key(issuer_key_pem);
  if (!key || !issuer_key || (!issuer && !issuer_pem.empty())) return crypto("a key or certificate is unreadable");
  const Cert made = make(wish, key.get(), issuer.get(), issuer_key.get());
  if (!made) return crypto("signing failed");
  return pem_of(made.get());
}

}  // namespace

bool is_tls_fault(FaultKind kind) {
  switch (kind) {
    case FaultKind::certificate_expired:
    case FaultKind::certificate_not_yet_valid:
    case FaultKind::certificate_wrong_name:
    case FaultKind::certificate_untrusted:
    case FaultKind::certificate_incomplete_chain:
    case FaultKind::certificate_weak_key:
    case FaultKind::certificate_expiring:
    case FaultKind::tls_too_old:
    case FaultKind::tls_old_offered:
      return true;
    default:
      return false;
  }
}

Result<CertificateAuthority> CertificateAuthority::open(const std::filesystem::path& folder, const std::string& host,
                                                        const std::string& domain,
                                                        const std::vector<std::string>& addresses) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(BaseError::io, folder.string() + ": " + error.message());
  CertificateAuthority ca;
  ca.folder_ = folder;
  ca.host_ = host;
  ca.domain_ = domain;
  for (const std::string& address : addresses) ca.addresses_ += ",IP:" + address;
  MW_TRY(ca.root_key_, kept(folder / "ca.key", 0600, new_ec_key));
  MW_TRY(ca.root_pem_, kept(folder / "ca.pem", 0644, [&] {
           return sign({.name = domain + " Root CA", .alternative_names = {}}, ca.root_key_, {}, ca.root_key_);
         }));
  MW_TRY(ca.issuing_key_, kept(folder / "issuing.key", 0600, new_ec_key));
  MW_TRY(ca.issuing_pem_, kept(folder / "issuing.pem", 0644, [&] {
           return sign({.name = domain + " Issuing CA", .alternative_names = {}}, ca.issuing_key_, ca.root_pem_,
                       ca.root_key_);
         }));
  MW_TRY(ca.server_key_, kept(folder / "server.key", 0600, [] { return new_rsa_key(2048); }));
  MW_TRY(ca.server_pem_, ca.issue(std::nullopt, ca.server_key_));
  return ca;
}

Result<std::string> CertificateAuthority::issue(std::optional<FaultKind> fault, const std::string& key_pem) const {
  Wish wish{.name = host_,
            .alternative_names =
                "DNS:" + host_ + ",DNS:autodiscover." + domain_ + ",DNS:localhost,DNS:*." + domain_ + addresses_,
            .starts_days = -30,
            .ends_days = 365};
  if (fault == FaultKind::certificate_expired) {
    wish.starts_days = -400;
    wish.ends_days = -3;
  } else if (fault == FaultKind::certificate_expiring) {
    wish.ends_days = 20;
  } else if (fault == FaultKind::certificate_not_yet_valid) {
    wish.starts_days = 5;
  } else if (fault == FaultKind::certificate_wrong_name) {
    wish.name = "old-mail.other.test";
    wish.alternative_names = "DNS:old-mail.other.test,DNS:autodiscover.other.test";
  }
  return sign(wish, key_pem, issuing_pem_, issuing_key_);
}

Result<http::TlsOptions> CertificateAuthority::tls(std::optional<FaultKind> fault) const {
  http::TlsOptions options;
  std::string key = server_key_;
  std::string certificate = server_pem_;
  if (fault == FaultKind::certificate_untrusted) {
    MW_TRY(const std::string other_key, new_ec_key());
    MW_TRY(const std::string other, sign({.name = "Other Root CA", .alternative_names = {}}, other_key, {}, other_key));
    MW_TRY(certificate, sign({.name = host_, .alternative_names = "DNS:" + host_ + ",DNS:localhost" + addresses_}, key,
                             other, other_key));
    options.certificate_chain_pem = certificate + other;
  } else {
    if (fault == FaultKind::certificate_weak_key) {
      MW_TRY(key, new_rsa_key(1024));
    }
    if (fault && fault != FaultKind::tls_too_old && fault != FaultKind::tls_old_offered &&
        fault != FaultKind::certificate_incomplete_chain) {
      MW_TRY(certificate, issue(fault, key));
    }
    options.certificate_chain_pem =
        fault == FaultKind::certificate_incomplete_chain ? certificate : certificate + issuing_pem_;
  }
  if (fault == FaultKind::tls_too_old) {
    options.min_version = http::TlsVersion::tls_1_0;
    options.max_version = http::TlsVersion::tls_1_1;
  }
  if (fault == FaultKind::tls_old_offered) options.min_version = http::TlsVersion::tls_1_0;
  if (fault == FaultKind::tls_too_old || fault == FaultKind::tls_old_offered ||
      fault == FaultKind::certificate_weak_key)
    options.ciphers = "ALL:@SECLEVEL=0";
  options.private_key_pem = SecretString(key);
  return options;
}

Result<http::TlsOptions> CertificateAuthority::tls_of_inspection(bool same_issuer) const {
  http::TlsOptions options;
  MW_TRY(const std::string key, new_rsa_key(2048));
  if (same_issuer) {
    MW_TRY(const std::string certificate, issue(std::nullopt, key));
    options.certificate_chain_pem = certificate + issuing_pem_;
  } else {
    MW_TRY(const std::string other_key, new_ec_key());
    MW_TRY(const std::string other,
           sign({.name = domain_ + " Inspection CA", .alternative_names = {}}, other_key, root_pem_, root_key_));
    MW_TRY(const std::string certificate,
           sign({.name = host_, .alternative_names = "DNS:" + host_ + ",DNS:localhost" + addresses_}, key, other,
                other_key));
    options.certificate_chain_pem = certificate + other;
  }
  options.private_key_pem = SecretString(key);
  return options;
}

}  // namespace mailward::exchange_sim
