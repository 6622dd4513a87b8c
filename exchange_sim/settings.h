#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/net.h"
#include "exchange_sim/accounts.h"
#include "exchange_sim/builds.h"
#include "exchange_sim/faults.h"
#include "exchange_sim/organisation.h"
#include "exchange_sim/public_folders.h"
#include "exchange_sim/throttling.h"

namespace mailward::exchange_sim {

enum class ExtendedProtection { none, allow, require };
std::string_view extended_protection_name(ExtendedProtection value);
std::optional<ExtendedProtection> extended_protection_from(std::string_view name);

enum class Scheme { negotiate, ntlm, basic };
std::string_view scheme_name(Scheme scheme);
std::optional<Scheme> scheme_from(std::string_view name);

/// What an administrator would set on the virtual directory, changeable while it runs.
struct VirtualDirectory {
  const Build* build = find_build("2019");
  std::vector<Scheme> schemes{Scheme::negotiate, Scheme::ntlm};  ///< as offered, in this order
  ExtendedProtection extended_protection = ExtendedProtection::none;
  /// Every request carries the credential ("Persistent-Auth: false"), also with NTLM and Negotiate.
  bool per_request_authentication = false;
  /// How long a server lets in what Basic let in once, without asking anybody; zero: never (TokenCache).
  std::chrono::seconds basic_token{std::chrono::minutes(15)};
  /// Strict-Transport-Security of IIS's own answers; empty, as Exchange is installed: none.
  std::string strict_transport_security{};
};

/// Thread-safe holder of it.
class LiveDirectory {
 public:
  explicit LiveDirectory(VirtualDirectory value) : value_(std::move(value)) {}
  VirtualDirectory get() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }
  void set(VirtualDirectory value) {
    const std::scoped_lock lock(mutex_);
    value_ = std::move(value);
  }

 private:
  mutable std::mutex mutex_;
  VirtualDirectory value_;
};

struct FrontEndSettings {
  std::string name;  ///< X-FEServer: "EX01"
  SocketAddress listen;
  std::filesystem::path certificate;  ///< chain as PEM; empty: the generated one
  std::filesystem::path key;
};

/// A real Active Directory in place of the account list.
struct DirectorySettings {
  std::string ldap_url;           ///< "ldaps://dc1.example.test"; Basic is checked by a bind there
  std::filesystem::path ldap_ca;  ///< trusted for it
  std::string keytab;             ///< for Negotiate; empty: no Kerberos
  /// NTLM responses are checked by the controller through winbindd, which libwbclient finds by the process's
  /// environment.
  bool ntlm = true;
};

struct Settings {
  std::filesystem::path state;
  std::string domain = "example.test";
  std::string netbios = "EXAMPLE";
  std::string host = "mail.example.test";
  VirtualDirectory directory;
  std::optional<SocketAddress> balancer;
  SocketAddress control;
  std::vector<FrontEndSettings> front_ends;
  LockoutPolicy lockout;
  std::vector<AccountSettings> accounts;
  std::vector<MailboxPlan> mailboxes;
  std::vector<ImpersonationGrant> grants;
  std::vector<DistributionList> lists;
  std::vector<JournalRule> journal_rules;
  std::string public_folder_mailbox;  ///< of the hierarchy; empty: publicfolders@ the domain
  std::vector<PublicFolderPlan> public_folders;
  ThrottlingPolicy throttling;
  std::optional<DirectorySettings> active_directory;
  std::string keytab;             ///< for Negotiate with the account list: a keytab file of its own
  std::filesystem::path record;   ///< a folder in which every conversation is kept; empty: none
  std::size_t record_each = 0;    ///< of each operation only the first so many; 0: all
  std::filesystem::path schemas;  ///< a folder with messages.xsd and types.xsd, to which requests are held; empty: none
  std::filesystem::path replay;   ///< a folder of recorded answers, given in place of the store's; empty: none
  std::filesystem::path mail;     ///< a folder of messages or an mbox, loaded into the mailboxes; empty: none
  std::vector<std::pair<FaultKind, FaultSetting>> faults;
};

/// Reads a TOML file (README.md shows one). Errors: malformed with line and column, io, not_found.
Result<Settings> load_settings(const std::filesystem::path& path);
/// The organisation that `--sample` plays.
Settings sample_settings();

/// "127.0.0.1:443". Errors: malformed.
Result<SocketAddress> parse_listen(std::string_view text);

}  // namespace mailward::exchange_sim
