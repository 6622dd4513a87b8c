#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/access.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 4> kBooleans{"true", "false", "1", "0"};
constexpr std::array<std::string_view, 4> kScopes{"ActiveDirectory", "ActiveDirectoryContacts", "Contacts",
                                                  "ContactsActiveDirectory"};
constexpr std::array<std::string_view, 3> kShapes{"IdOnly", "Default", "AllProperties"};
constexpr std::size_t kMostResults = 100;

/// What the request asks for.
struct Question {
  std::string_view entry;
  bool directory = true;
  bool contacts = true;
  bool contacts_first = false;
  bool full = false;
  Shape shape{.base = BaseShape::all};  ///< of what a contact shows in full
  FolderRef folder{};                   ///< whose contacts; none: nobody's
};

/// One whom the entry may mean: somebody of the directory, a list, or an item of a folder of contacts.
struct Match {
  std::string name;
  std::string address;  ///< a private list has none
  std::string_view type;
  const Mailbox* person = nullptr;
  const Item* item = nullptr;
};

/// As ambiguous names are resolved: what begins with it, in any case. "smtp:" before it is no part of it.
class Beginning {
 public:
  explicit Beginning(std::string_view entry)
      : wanted_(lower_case(lower_case(entry).starts_with("smtp:") ? entry.substr(5) : entry)) {}
  bool operator()(std::string_view text) const { return lower_case(text).starts_with(wanted_); }

 private:
  std::string wanted_;
};

void find_in_directory(const OperationContext& context, std::string_view entry, std::vector<Match>& found) {
  const Beginning begins(entry);
  for (const Mailbox& mailbox : context.organisation.mailboxes()) {
    if (mailbox.public_folders) continue;
    if (begins(mailbox.smtp) || begins(mailbox.display_name) || begins(mailbox.upn) ||
        equal_ignoring_case(mailbox.account, entry) || std::ranges::any_of(mailbox.aliases, begins)) {
      found.push_back({.name = mailbox.display_name, .address = mailbox.smtp, .type = "Mailbox", .person = &mailbox});
    }
  }
  for (const DistributionList& list : context.organisation.lists()) {
    if (begins(list.smtp) || begins(list.name)) {
      found.push_back({.name = list.name, .address = list.smtp, .type = "PublicDL"});
    }
  }
}

/// A contact is as many as it has addresses: all of them where its name fits, else those that do. Recorded: ms-docs,
/// "How to access contacts as a delegate".
void find_in_contacts(const OperationContext& context, const Question& question, std::vector<Match>& found) {
  static const FieldId kName = field_id("contacts:DisplayName");
  static const FieldId kAddresses = field_id("contacts:EmailAddresses");
  static const std::array<FieldId, 2> kOtherNames{field_id("contacts:GivenName"), field_id("contacts:Surname")};
  if (question.folder.folder == nullptr) return;
  const Beginning begins(question.entry);
  for (const auto& [arrival, item] : question.folder.folder->items) {
    if (item->associated || !may_see(context, *question.folder.mailbox, *item)) continue;
    const std::string name = plain_field(*item, kName);
    if (item->kind == ItemKind::distribution_list && begins(name)) {
      found.push_back({.name = name, .address = {}, .type = "PrivateDL", .item = item});
    }
    if (item->kind != ItemKind::contact) continue;
    const bool named = begins(name) ||
                       std::ranges::any_of(kOtherNames, [&](FieldId each) { return begins(plain_field(*item, each)); });
    for (const IndexedValue& each : item->indexed()) {
      if (each.dictionary != kAddresses || !each.part.empty()) continue;
      std::string address = plain_text(each.value.inner);
      if (address.empty() || !(named || begins(address))) continue;
      found.push_back(
          {.name = name.empty() ? address : name, .address = std::move(address), .type = "Contact", .item = item});
    }
  }
}

void write_match(XmlWriter& xml, const OperationContext& context, const Question& question, const Match& match) {
  xml.open("t:Resolution");
  xml.open("t:Mailbox");
  xml.text("t:Name", match.name);
  if (!match.address.empty()) xml.text("t:EmailAddress", match.address);
  xml.text("t:RoutingType", match.address.empty() ? "MAPIPDL" : "SMTP");
  xml.text("t:MailboxType", match.type);
  if (match.item != nullptr) write_item_id(xml, *question.folder.mailbox, *match.item);
  xml.close("t:Mailbox");
  if (question.full && match.person != nullptr) {
    xml.open("t:Contact");
    xml.text("t:DisplayName", match.person->display_name);
    xml.open("t:EmailAddresses");
    xml.text("t:Entry", "SMTP:" + match.person->smtp, {{"Key", "EmailAddress1"}});
    xml.close("t:EmailAddresses");
    xml.text("t:ContactSource", "ActiveDirectory");
    xml.close("t:Contact");
  }
  if (question.full && match.item != nullptr && match.item->kind == ItemKind::contact) {
    write_item(xml, view_of(context, *question.folder.mailbox, *match.item), question.shape, ItemDetail::found);
  }
  xml.close("t:Resolution");
}

std::optional<SoapFault> check(const SoapRequest& request) {
  if (auto fault = check_attribute(request, request.body, "ReturnFullContactData", "boolean", kBooleans)) return fault;
  if (request.body.attribute("SearchScope")) {
    if (auto fault = check_attribute(request, request.body, "SearchScope", "ResolveNamesSearchScopeType", kScopes)) {
      return fault;
    }
  }
  if (request.body.attribute("ContactDataShape")) {
    if (auto fault = check_attribute(request, request.body, "ContactDataShape", "DefaultShapeNamesType", kShapes)) {
      return fault;
    }
  }
  return check_sequence(request, request.body, {"ParentFolderIds?", "UnresolvedEntry"});
}

/// Where contacts are looked for: the one folder that is named, else the caller's own.
std::expected<std::optional<ResponseError>, SoapFault> read_folder(const OperationContext& context,
                                                                   const SoapRequest& request, Question& question) {
  const auto list = child(request.body, kMessagesNs, "ParentFolderIds");
  if (list) {
    const auto folders = read_folder_ids(context, request, list, FolderUse::read);
    if (!folders) return std::unexpected(folders.error());
    if (folders->size() > 1) {
      return ResponseError{.code = "ErrorResolveNamesOnlyOneContactsFolderAllowed",
                           .text = "Only one contacts folder can be specified in request.",
                           .values = {}};
    }
    if (!folders->front()) return folders->front().error();
    question.folder = *folders->front();
    if (question.folder.folder->kind != FolderKind::contacts) {
      return ResponseError{.code = "ErrorResolveNamesInvalidFolderType",
                           .text = "The folder type that was specified is not valid. Only contacts folders are valid.",
                           .values = {}};
    }
    return std::nullopt;
  }
  if (context.mailbox != nullptr) {
    question.folder = {.mailbox = context.mailbox, .folder = context.mailbox->find_distinguished("contacts")};
  } else if (!question.directory) {
    return ResponseError{.code = "ErrorNameResolutionNoMailbox",
                         .text = "The caller has no mailbox in which contacts could be found.",
                         .values = {}};
  }
  return std::nullopt;
}

}  // namespace

/// MS-OXWSRSLNM 3.1.4.1. Recorded: gautamsi-ews-js (several results), otris-ews-cpp (none).
OperationResult resolve_names(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check(request)) return std::unexpected(*std::move(fault));
  const auto unresolved = child(request.body, kMessagesNs, "UnresolvedEntry");
  Question question{.entry = text_of(unresolved)};
  if (question.entry.empty()) {
    return std::unexpected(invalid_value(request, unresolved, std::string(kTypesNs) + ":NonEmptyStringType",
                                         "The actual length is less than the MinLength value."));
  }
  const std::string_view scope = request.body.attribute("SearchScope").value();
  question.directory = scope != "Contacts";
  question.contacts = scope != "ActiveDirectory";
  question.contacts_first = scope.starts_with("Contacts");
  question.full = is_true(request.body.attribute("ReturnFullContactData").value());
  question.shape.schema = schema_version(request.server_version);
  const std::string_view shape = request.body.attribute("ContactDataShape").value();
  if (shape == "IdOnly") question.shape.base = BaseShape::id_only;
  if (shape == "Default") question.shape.base = BaseShape::standard;

  std::optional<ResponseError> refusal = context.mailbox_error;
  if (!refusal && question.contacts) {
    auto read = read_folder(context, request, question);
    if (!read) return std::unexpected(std::move(read).error());
    refusal = *std::move(read);
  }
  std::vector<Match> found;
  if (!refusal) {
    if (question.contacts && question.contacts_first) find_in_contacts(context, question, found);
    if (question.directory) find_in_directory(context, question.entry, found);
    if (question.contacts && !question.contacts_first) find_in_contacts(context, question, found);
    if (found.empty()) {
      refusal = ResponseError{.code = "ErrorNameResolutionNoResults", .text = "No results were found.", .values = {}};
    }
  }
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  if (refusal) {
    write_error(xml, "ResolveNames", *refusal);
  } else {
    const bool several = found.size() > 1;
    const std::size_t shown = std::min(found.size(), kMostResults);
    xml.open("m:ResolveNamesResponseMessage", {{"ResponseClass", several ? "Warning" : "Success"}});
    if (several) xml.text("m:MessageText", "Multiple results were found.");
    xml.text("m:ResponseCode", several ? "ErrorNameResolutionMultipleResults" : "NoError");
    if (several) xml.text("m:DescriptiveLinkKey", "0");
    xml.open("m:ResolutionSet", {{"TotalItemsInView", std::to_string(shown)},
                                 {"IncludesLastItemInRange", shown == found.size() ? "true" : "false"}});
    for (std::size_t i = 0; i < shown; ++i) write_match(xml, context, question, found[i]);
    xml.close("m:ResolutionSet");
    xml.close("m:ResolveNamesResponseMessage");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
