#include <algorithm>
#include <array>

#include "exchange_sim/access.h"
#include "exchange_sim/appointment_checks.h"
#include "exchange_sim/extended_checks.h"
#include "exchange_sim/item_reading.h"
#include "exchange_sim/item_transfer.h"
#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/meeting_sending.h"
#include "exchange_sim/quota.h"
#include "exchange_sim/read_receipt.h"
#include "exchange_sim/sending.h"
#include "exchange_sim/series.h"
#include "exchange_sim/shapes.h"
#include "exchange_sim/whole_days.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kResolutions{"NeverOverwrite", "AutoResolve", "AlwaysOverwrite"};
constexpr std::array<std::string_view, 3> kDispositions{"SaveOnly", "SendOnly", "SendAndSaveCopy"};

enum class ChangeKind { set, append, remove };

/// One t:SetItemField, t:AppendToItemField or t:DeleteItemField.
struct Change {
  ChangeKind kind = ChangeKind::set;
  PropertyPath path;
  pugi::xml_node element{};             ///< the property's; null where it is removed
  std::optional<ExtendedName> named{};  ///< which extended property that is
};

struct ItemChange {
  pugi::xml_node id;
  std::vector<Change> changes;
};

std::expected<Change, SoapFault> read_change(const SoapRequest& request, pugi::xml_node node) {
  const std::string_view name = local_name(node);
  Change change;
  change.kind = name == "SetItemField"        ? ChangeKind::set
                : name == "AppendToItemField" ? ChangeKind::append
                                              : ChangeKind::remove;
  if (change.kind == ChangeKind::remove && name != "DeleteItemField") {
    return std::unexpected(
        unexpected_child(request, node.parent(), node, {"AppendToItemField", "SetItemField", "DeleteItemField"}));
  }
  const auto path_node = path_in(node);
  if (!path_node) return std::unexpected(incomplete(request, node));
  auto path = read_path(request, path_node);
  if (!path) return std::unexpected(std::move(path).error());
  change.path = *std::move(path);
  if (change.kind == ChangeKind::remove) return change;
  const auto inside = elements(node);
  if (inside.size() != 2) return std::unexpected(incomplete(request, node));
  if (auto fault = check_item(request, inside[1])) return std::unexpected(*std::move(fault));
  const auto properties = elements(inside[1]);
  if (properties.size() != 1) return change;
  change.element = properties.front();
  if (local_name(change.element) == "ExtendedProperty") {
    auto named = read_path(request, child(change.element, kTypesNs, "ExtendedFieldURI"));
    if (!named) return std::unexpected(std::move(named).error());
    change.named = std::move(named)->extended;
  }
  return change;
}

std::expected<std::vector<ItemChange>, SoapFault> read_changes(const SoapRequest& request) {
  const auto list = child(request.body, kMessagesNs, "ItemChanges");
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  std::vector<ItemChange> found;
  for (const auto node : nodes) {
    if (auto fault = check_sequence(request, node, {"ItemId|OccurrenceItemId|RecurringMasterItemId", "Updates", "*"})) {
      return std::unexpected(*std::move(fault));
    }
    ItemChange one{.id = elements(node).front(), .changes = {}};
    for (const auto each : elements(child(node, kTypesNs, "Updates"))) {
      auto change = read_change(request, each);
      if (!change) return std::unexpected(std::move(change).error());
      one.changes.push_back(*std::move(change));
    }
    found.push_back(std::move(one));
  }
  return found;
}

/// Whether the dictionary's element has the one entry, and of an address the one part, that the path names.
bool is_entry(pugi::xml_node element, const PropertyPath& path) {
  const auto entries = elements(element);
  if (entries.size() != 1 || path.key != entries.front().attribute("Key").value()) return false;
  const auto parts = elements(entries.front());
  return path.part.empty() || (parts.size() == 1 && local_name(parts.front()) == path.part);
}

/// Whether the element is the property that the path names.
bool agrees(const ItemEdit& edit, const Change& change) {
  if (!change.element) return false;
  const auto id = field_of_element(edit.item.kind, local_name(change.element));
  if (!id) return false;
  if (change.path.kind == PathKind::extended) return change.named == change.path.extended;
  if (change.path.kind == PathKind::indexed && field(*id).type == ValueType::dictionary) {
    return *id == change.path.field && is_entry(change.element, change.path);
  }
  return change.path.kind != PathKind::folder && change.path.kind != PathKind::other && *id == change.path.field;
}

std::optional<ResponseError> apply(const ItemEdit& edit, const Change& change) {
  if (auto refusal = refusal_of_path(change.path)) return refusal;
  if (edit.item.series_part != SeriesPart::none && change.path.uri == "calendar:Recurrence") {
    return ResponseError{
        .code = change.kind == ChangeKind::remove ? "ErrorInvalidPropertyDelete" : "ErrorInvalidPropertySet",
        .text = "An occurrence has no recurrence of its own.",
        .values = {},
        .path = change.path.uri};
  }
  if (change.kind == ChangeKind::remove) return delete_property(edit, change.path);
  if (!agrees(edit, change)) {
    return ResponseError{.code = "ErrorUpdatePropertyMismatch",
                         .text = "The property tag does not match the property value.",
                         .values = {},
                         .path = change.path.kind == PathKind::field ? change.path.uri : std::string()};
  }
  if (change.kind == ChangeKind::append) return append_property(edit, change.path, change.element);
  return set_property(edit, change.element);
}

std::string name_of(const PropertyPath& path) {
  if (path.kind == PathKind::extended) return path.extended.key();
  return path.uri + "/" + path.key + "/" + path.part;
}

/// Changes of different properties do not meet; of one that somebody changed since, neither is right.
bool meets(const Item& item, const ItemChange& change, std::uint64_t known) {
  return std::ranges::any_of(change.changes, [&](const Change& each) {
    const std::string name = name_of(each.path);
    return std::ranges::any_of(item.edits, [&](const auto& edit) { return edit.first == name && edit.second > known; });
  });
}

void note_edits(Item& item, const ItemChange& change) {
  for (const Change& each : change.changes) {
    std::string name = name_of(each.path);
    std::erase_if(item.edits, [&](const auto& edit) { return edit.first == name; });
    item.edits.emplace_back(std::move(name), item.changed);
  }
}

std::optional<ResponseError> conflict(const ItemRef& ref, const ItemChange& change, std::string_view resolution) {
  if (resolution == "AlwaysOverwrite") return std::nullopt;
  const std::string_view key = change.id.attribute("ChangeKey").value();
  auto found = check_change_key(ref, key);
  const bool may_merge = found && resolution == "AutoResolve" && found->code == "ErrorIrresolvableConflict";
  if (may_merge && !meets(*ref.item, change, change_of_key(key).value_or(0))) return std::nullopt;
  return found;
}

/// A series that begins at another time, or has another pattern, loses its exceptions.
bool changes_series(const ItemChange& change) {
  static constexpr std::array<std::string_view, 4> kOfSeries{"calendar:Start", "calendar:Recurrence",
                                                             "calendar:StartTimeZone", "calendar:IsAllDayEvent"};
  return std::ranges::any_of(change.changes, [](const Change& each) {
    return std::ranges::find(kOfSeries, each.path.uri) != kOfSeries.end();
  });
}

/// All of an item's changes or none: they are tried on a copy first.
std::optional<ResponseError> update(OperationContext& context, const ItemRef& ref, const ItemChange& change) {
  Mailbox& mailbox = *ref.mailbox;
  Item& item = *ref.item;
  auto trial = item.clone();
  const ItemEdit edit{
      .mailbox = mailbox, .organisation = context.organisation, .item = *trial, .purpose = Purpose::update};
  bool read_flag_only = true;
  bool edited = false;
  for (const Change& each : change.changes) {
    if (auto error = apply(edit, each)) return error;
    read_flag_only = read_flag_only && each.path.uri == "message:IsRead";
    edited = edited || !keeps_mime(each.path);
  }
  settle_whole_days(*trial);
  if (auto refusal = refusal_of_appointment(*trial)) return refusal;
  if (ref.master != nullptr) {
    if (auto refusal = refusal_of_moving(*ref.master, item, *trial)) return refusal;
  }
  const std::uint64_t before = size_of({.mailbox = mailbox, .item = item});
  const std::uint64_t after = size_of({.mailbox = mailbox, .item = *trial});
  if (after > before && !mailbox.has_room_for(after - before)) return quota_exceeded();
  const bool read = trial->read;
  if (ref.master != nullptr) {
    const Timestamp original = item.original_start;
    keep_exception(*ref.master, original, trial->clone());
    mailbox.note_change(*ref.master);
    item.take_contents(std::move(*trial));
    item.series_part = SeriesPart::exception;
    return std::nullopt;
  }
  if (!read_flag_only) {
    if (changes_series(change)) trial->exceptions.clear();
    if (edited) mailbox.keep_version(item);
    if (edited) trial->mime.reset();
    trial->read = item.read;
    item.take_contents(std::move(*trial));
    mailbox.note_change(item);
    item.modified_by = acting(context, mailbox).display_name;
    note_edits(item, change);
  }
  mailbox.set_read(item, read);
  return std::nullopt;
}

struct Wishes {
  std::string_view resolution;
  std::string_view disposition;
  std::string_view invitations;
  bool receipts = true;  ///< whether whoever asked to be told that it was read is told
};

std::optional<ResponseError> missing_wish(const Item& item, const Wishes& wishes) {
  if (is_message(item.kind) && wishes.disposition.empty()) {
    return ResponseError{.code = "ErrorMessageDispositionRequired",
                         .text = "The MessageDisposition attribute is required for message items.",
                         .values = {}};
  }
  if (item.kind == ItemKind::calendar_item && wishes.invitations.empty()) {
    return ResponseError{.code = "ErrorSendMeetingInvitationsOrCancellationsRequired",
                         .text = "SendMeetingInvitationsOrCancellations attribute is required for calendar items.",
                         .values = {}};
  }
  return std::nullopt;
}

/// The content of the response message.
std::expected<std::string, ResponseError> update_one(OperationContext& context, const ItemChange& change,
                                                     const Wishes& wishes, const FolderRef& saved_to) {
  const auto ref = locate_item(context, change.id, ItemUse::edit);
  if (!ref) return std::unexpected(ref.error());
  if (auto error = missing_wish(*ref->item, wishes)) return std::unexpected(*std::move(error));
  if (auto error = conflict(*ref, change, wishes.resolution)) return std::unexpected(*std::move(error));
  const bool sends = is_message(ref->item->kind) && wishes.disposition != "SaveOnly";
  const bool invites = ref->item->kind == ItemKind::calendar_item && wishes.invitations != "SendToNone";
  if (invites) {
    if (auto refusal = refusal_to_invite(context, *ref->mailbox, *ref->item))
      return std::unexpected(*std::move(refusal));
  }
  const std::vector<Address> attended = attendees_of(*ref->item);
  const bool was_read = ref->item->read;
  if (auto error = update(context, *ref, change)) return std::unexpected(*std::move(error));
  if (!was_read && ref->item->read && wishes.receipts) send_read_receipt(context, *ref->mailbox, *ref->item);
  if (invites) {
    if (auto refusal = refusal_to_invite(context, *ref->mailbox, *ref->item))
      return std::unexpected(*std::move(refusal));
    const CopySaved saves = wishes.invitations.ends_with("SaveCopy") ? CopySaved::yes : CopySaved::no;
    const Updated updated = wishes.invitations.contains("Changed") ? Updated::nobody : Updated::all;
    send_meeting_update(context, *ref->mailbox, *ref->item, attended, updated, saves);
    if (ref->master != nullptr) keep_exception(*ref->master, ref->item->original_start, ref->item->clone());
  }
  if (sends) {
    if (auto refusal = refusal_to_send(context, *ref->item)) return std::unexpected(*std::move(refusal));
    send_item_now(context, *ref->mailbox, *ref->item);
    if (wishes.disposition == "SendOnly") {
      ref->mailbox->dispose(*ref->item, Disposal::hard_delete);
    } else {
      const FolderRef usual{.mailbox = ref->mailbox, .folder = ref->mailbox->find_distinguished("sentitems")};
      transfer(context, *ref, saved_to.folder != nullptr ? saved_to : usual, Transfer::move);
    }
    return std::string("<m:Items/>");
  }
  XmlWriter xml;
  xml.open("m:Items");
  write_item(xml, view_of(context, *ref->mailbox, *ref->item), {}, ItemDetail::found);
  xml.close("m:Items");
  return xml.take();
}

}  // namespace

/// MS-OXWSCORE 3.1.4.9. Recorded: garethp-php-ews 14.3.195.
OperationResult update_item(OperationContext& context, const SoapRequest& request) {
  if (auto fault =
          check_attribute(request, request.body, "ConflictResolution", "ConflictResolutionType", kResolutions)) {
    return std::unexpected(*std::move(fault));
  }
  if (request.body.attribute("MessageDisposition")) {
    if (auto fault =
            check_attribute(request, request.body, "MessageDisposition", "MessageDispositionType", kDispositions)) {
      return std::unexpected(*std::move(fault));
    }
  }
  if (auto fault = check_sequence(request, request.body, {"SavedItemFolderId?", "ItemChanges"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto changes = read_changes(request);
  if (!changes) return std::unexpected(changes.error());
  FolderRef saved_to;
  std::optional<ResponseError> refusal;
  if (const auto target = child(request.body, kMessagesNs, "SavedItemFolderId")) {
    const auto place = read_target_folder(context, request, target, FolderUse::add_items);
    if (!place) return std::unexpected(place.error());
    if (*place) {
      saved_to = **place;
    } else {
      refusal = place->error();
    }
  }
  const Wishes wishes{.resolution = request.body.attribute("ConflictResolution").value(),
                      .disposition = request.body.attribute("MessageDisposition").value(),
                      .invitations = request.body.attribute("SendMeetingInvitationsOrCancellations").value(),
                      .receipts = !is_true(request.body.attribute("SuppressReadReceipts").value())};

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const ItemChange& change : *changes) {
    const auto done = refusal ? std::unexpected(*refusal) : update_one(context, change, wishes, saved_to);
    if (!done) {
      write_error(xml, "UpdateItem", done.error());
      continue;
    }
    write_success(xml, "UpdateItem", *done + "<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
