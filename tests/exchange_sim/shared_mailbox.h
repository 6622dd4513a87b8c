#pragma once

#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {

inline constexpr std::string_view kOwner = "usera@example.test";
inline constexpr std::string_view kOther = "userb@example.test";

/// User A's mailbox as others use it: their accounts impersonate nobody, or are impersonated each by his own address.
class SharedMailbox : public StoreConversation {
 protected:
  SimulatorOptions options() const override;

  /// A default folder of User A's.
  static std::string owners(const std::string& folder);
  /// Replaces the permissions of User A's folder (a name or an id), as he does himself. The response code.
  std::string share(const std::string& folder, const std::string& permissions);
  static std::string permission(const std::string& user, const std::string& level, const std::string& single = "");
  static std::string calendar_permission(const std::string& user, const std::string& level);

  /// As User B asks; `folder` is an element.
  std::string get_folder(const std::string& folder, const std::string& property = "EffectiveRights");
  static std::string find_items(const std::string& folder);
  std::string create_in(const std::string& folder, const std::string& item, const std::string& caller,
                        const std::string& attributes = R"(MessageDisposition="SaveOnly")");
  std::string get_item(const std::string& id, const std::string& caller = std::string(kOther));
  std::string change_subject(const std::string& id, const std::string& caller = std::string(kOther));
  std::string delete_item(const std::string& id, const std::string& caller = std::string(kOther));
  static std::string code_of(const std::string& answer) { return element_text(answer, "ResponseCode"); }
};

}  // namespace mailward::testing
