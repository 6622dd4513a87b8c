#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "kerberos/private_context.h"

namespace mailward::kerberos {

/// What is being asked for: the same code means different things.
enum class Phase { initial, service };

/// The NTSTATUS that a Windows or Samba controller puts into a KRB-ERROR's e-data (MS-KILE 2.2.2: KERB-EXT-ERROR,
/// inside KERB-ERROR-DATA of type 3 or a PA-DATA of type 3), or nothing.
std::optional<std::uint32_t> nt_status_of(BytesView e_data);

/// A code of RFC 4120 7.5.9 as an error of ours; `words` are the library's or the controller's.
Error refusal(Phase phase, std::uint32_t protocol_code, std::optional<std::uint32_t> nt_status,
              const std::string& words);

/// A code that libkrb5 itself returned.
Error library_refusal(Phase phase, const PrivateContext& context, krb5_error_code code,
                      std::optional<std::uint32_t> nt_status = std::nullopt);

}  // namespace mailward::kerberos
