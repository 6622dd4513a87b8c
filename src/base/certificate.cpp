#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <functional>

#include "base/tls.h"

namespace mailward {
namespace {

constexpr std::size_t kMostTrusted = 256;
constexpr std::size_t kMostPemBytes = 1024 * 1024;

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

Bytes der_of(X509* certificate) {
  const int length = i2d_X509(certificate, nullptr);
  if (length <= 0) return {};
  Bytes der(static_cast<std::size_t>(length));
  unsigned char* out = der.data();
  i2d_X509(certificate, &out);
  return der;
}

std::string name_text(const X509_NAME* name) {
  const BioPtr out(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long length = BIO_get_mem_data(out.get(), &data);
  return printable({data, static_cast<std::size_t>(length)}, 300);
}

Timestamp time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Timestamp(std::chrono::seconds(timegm(&parts)));
}

std::vector<std::string> alternative_names(X509* certificate) {
  std::vector<std::string> names;
  auto* found = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(found) && names.size() < 100; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(found, i);
    const auto text = [](const ASN1_STRING* from) {
      return std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(from)),
                              static_cast<std::size_t>(ASN1_STRING_length(from)));
    };
    if (name->type == GEN_DNS) names.push_back(printable(text(name->d.dNSName)));
    if (name->type == GEN_IPADD) {
      const std::string_view raw = text(name->d.iPAddress);
      char buffer[INET6_ADDRSTRLEN]{};
      if (raw.size() == 4) inet_ntop(AF_INET, raw.data(), buffer, sizeof buffer);
      if (raw.size() == 16) inet_ntop(AF_INET6, raw.data(), buffer, sizeof buffer);
      names.emplace_back(buffer);
    }
  }
  GENERAL_NAMES_free(found);
  return names;
}

std::string key_text(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return "unreadable";
  return fmt::format("{} {}",
                     OBJ_nid2sn(EVP_PKEY_get_base_id(key)) == std::string_view("rsaEncryption") ? "RSA"
                     : EVP_PKEY_get_base_id(key) == EVP_PKEY_EC                                 ? "EC"
                                                                : OBJ_nid2sn(EVP_PKEY_get_base_id(key)),
                     EVP_PKEY_get_bits(key));
}

/// Calls `use` for each certificate of the text. Errors: malformed, with the place.
Status each_certificate(std::string_view pem, const std::function<void(X509*)>& use) {
  if (pem.size() > kMostPemBytes) return fail(BaseError::malformed, "the certificate file is larger than 1 MiB");
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  std::size_t count = 0;
  while (true) {
    const X509Ptr certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate) break;
    if (++count > kMostTrusted)
      return fail(BaseError::malformed, fmt::format("more than {} certificates", kMostTrusted));
    use(certificate.get());
  }
  const unsigned long left = ERR_peek_last_error();
  ERR_clear_error();
  if (count == 0 || ERR_GET_REASON(left) != PEM_R_NO_START_LINE) {
    return fail(Error(BaseError::malformed, fmt::format("certificate {} of the file cannot be read as PEM", count + 1))
                    .with_remedy("export the issuing authority's certificate as Base-64 encoded X.509 (.cer, .pem)"));
  }
  return {};
}

}  // namespace

Result<CertificateTrust> CertificateTrust::from_pem(std::string pem) {
  Bytes all;
  MW_CHECK(each_certificate(pem, [&](X509* certificate) {
    const Bytes der = der_of(certificate);
    all.insert(all.end(), der.begin(), der.end());
  }));
  CertificateTrust trust;
  trust.pem_ = std::move(pem);
  trust.identity_ = "sha256:" + to_hex(sha256(all));
  return trust;
}

Result<std::vector<CertificateInfo>> describe_certificates(std::string_view pem) {
  std::vector<CertificateInfo> all;
  MW_CHECK(each_certificate(pem, [&](X509* certificate) { all.push_back(describe_certificate(certificate)); }));
  return all;
}

CertificateInfo describe_certificate(X509* certificate) {
  CertificateInfo info;
  info.subject = name_text(X509_get_subject_name(certificate));
  info.issuer = name_text(X509_get_issuer_name(certificate));
  info.dns_names = alternative_names(certificate);
  info.not_before = time_of(X509_get0_notBefore(certificate));
  info.not_after = time_of(X509_get0_notAfter(certificate));
  info.fingerprint = sha256(der_of(certificate));
  info.key = key_text(certificate);
  info.signature_algorithm = OBJ_nid2ln(X509_get_signature_nid(certificate));
  info.self_signed = X509_check_issued(certificate, certificate) == X509_V_OK;
  return info;
}

Result<Bytes> tls_server_end_point(X509* certificate) {
  int hash = NID_undef;
  const auto unknown = [] {
    return fail(BaseError::crypto, "the certificate's signature has no single hash to bind a channel with");
  };
  if (X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1 || hash == NID_undef)
    return unknown();
  if (hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
  const EVP_MD* digest = EVP_get_digestbynid(hash);
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (digest == nullptr || X509_digest(certificate, digest, out, &length) != 1) return unknown();
  Bytes binding = to_bytes("tls-server-end-point:");
  binding.insert(binding.end(), out, out + length);
  return binding;
}

}  // namespace mailward
