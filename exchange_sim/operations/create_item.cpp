#include <array>

#include "exchange_sim/access.h"
#include "exchange_sim/appointment_checks.h"
#include "exchange_sim/item_reading.h"
#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/meeting_roles.h"
#include "exchange_sim/meeting_sending.h"
#include "exchange_sim/quota.h"
#include "exchange_sim/read_receipt.h"
#include "exchange_sim/sending.h"
#include "exchange_sim/series.h"
#include "exchange_sim/shapes.h"
#include "exchange_sim/whole_days.h"

namespace mailward::exchange_sim {
namespace {

using Place = std::expected<FolderRef, ResponseError>;

constexpr std::array<std::string_view, 3> kDispositions{"SaveOnly", "SendOnly", "SendAndSaveCopy"};
/// Response objects of the schema that are not played.
constexpr std::array<std::string_view, 2> kUnplayed{"PostReplyItem", "AcceptSharingInvitation"};
constexpr std::array<std::string_view, 3> kInvitations{"SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"};

bool is_suppression(pugi::xml_node node) {
  return local_name(node) == "SuppressReadReceipt";
}

/// The organiser's end of a meeting, and an attendee's after it.
bool is_ending(std::string_view element) {
  return element == "CancelCalendarItem" || element == "RemoveItem";
}

std::expected<std::vector<pugi::xml_node>, SoapFault> read_items(OperationContext& context,
                                                                 const SoapRequest& request) {
  const auto list = child(request.body, kMessagesNs, "Items");
  auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  for (const auto node : nodes) {
    const std::string_view name = local_name(node);
    if (is_reply(name) || is_meeting_response(name) || is_ending(name) || is_suppression(node)) continue;
    if (std::ranges::find(kUnplayed, name) != kUnplayed.end()) {
      context.note = name;
      return std::unexpected(plain_fault("ErrorInvalidRequest", "The request is invalid."));
    }
    if (auto fault = check_item(request, node)) return std::unexpected(*std::move(fault));
  }
  return nodes;
}

/// The default folder for a kind.
std::string_view folder_for(ItemKind kind) {
  switch (kind) {
    case ItemKind::calendar_item:
      return "calendar";
    case ItemKind::contact:
    case ItemKind::distribution_list:
      return "contacts";
    case ItemKind::task:
      return "tasks";
    case ItemKind::post:
      return "inbox";
    default:
      return "drafts";
  }
}

std::optional<ResponseError> wrong_folder(const Folder& folder, ItemKind kind) {
  const auto refuse = [](std::string code) {
    return ResponseError{
        .code = std::move(code), .text = "Items of this kind can't be created in this folder.", .values = {}};
  };
  if (kind == ItemKind::calendar_item && folder.kind != FolderKind::calendar) {
    return refuse("ErrorCannotCreateCalendarItemInNonCalendarFolder");
  }
  if ((kind == ItemKind::contact || kind == ItemKind::distribution_list) && folder.kind != FolderKind::contacts) {
    return refuse("ErrorCannotCreateContactInNonContactFolder");
  }
  if (kind == ItemKind::task && folder.kind != FolderKind::tasks) {
    return refuse("ErrorCannotCreateTaskInNonTaskFolder");
  }
  return std::nullopt;
}

class Creation {
 public:
  Creation(OperationContext& context, const SoapRequest& request)
      : context_(context),
        disposition_(request.body.attribute("MessageDisposition").value()),
        invitations_(request.body.attribute("SendMeetingInvitations").value()) {}

  /// Where it is to be saved, if that is named.
  std::optional<SoapFault> read_place(const SoapRequest& request) {
    if (const auto target = child(request.body, kMessagesNs, "SavedItemFolderId")) {
      auto place = read_target_folder(context_, request, target, FolderUse::add_items);
      if (!place) return std::move(place).error();
      place_ = *std::move(place);
      return std::nullopt;
    }
    if (context_.mailbox_error) {
      place_ = Place(std::unexpect, *context_.mailbox_error);
    } else if (context_.mailbox == nullptr) {
      place_ = Place(std::unexpect,
                     ResponseError{.code = "ErrorMissingEmailAddress",
                                   .text = "When making a request as an account that does not have a mailbox, you must "
                                           "specify the mailbox primary SMTP address for any distinguished folder Ids.",
                                   .values = {}});
    }
    return std::nullopt;
  }

  /// The content of m:Items.
  std::expected<std::string, ResponseError> create(pugi::xml_node node) {
    if (place_ && !*place_) return std::unexpected(place_->error());
    if (is_suppression(node)) return suppress(node);
    if (is_meeting_response(local_name(node))) return respond(node);
    if (is_ending(local_name(node))) return end_meeting(node);
    auto item = is_reply(local_name(node)) ? make_reply(context_, node)
                                           : make_item(author_of(node), context_.organisation, node);
    if (!item) return std::unexpected(std::move(item).error());
    (*item)->creator = acting(context_, store()).smtp;
    (*item)->modified_by = acting(context_, store()).display_name;
    if (is_message((*item)->kind)) return create_message(*std::move(item));
    if ((*item)->kind == ItemKind::calendar_item && invitations_.empty()) {
      return std::unexpected(
          ResponseError{.code = "ErrorSendMeetingInvitationsRequired",
                        .text = "The SendMeetingInvitations attribute is required for calendar items.",
                        .values = {}});
    }
    settle_whole_days(**item);
    if (auto refusal = refusal_of_appointment(**item)) return std::unexpected(*std::move(refusal));
    Folder& folder = target((*item)->kind);
    if (auto refusal = wrong_folder(folder, (*item)->kind)) return std::unexpected(*std::move(refusal));
    if ((*item)->kind == ItemKind::calendar_item && invitations_ != "SendToNone") {
      if (auto refusal = refusal_to_invite(context_, store(), **item)) return std::unexpected(*std::move(refusal));
      const bool saves = invitations_.ends_with("SaveCopy");
      send_meeting_request(context_, store(), **item, saves ? CopySaved::yes : CopySaved::no);
    }
    return save(*std::move(item), folder);
  }

 private:
  Mailbox& store() const { return place_ ? *(*place_)->mailbox : *context_.mailbox; }
  /// Who it is from, and whose meeting it is, where it says nothing else: what is made in another's mailbox is his;
  /// what is sent, and what stands in a public folder, is the caller's.
  const Mailbox& author_of(pugi::xml_node node) const {
    const bool sent = is_message(*kind_of_element(local_name(node))) && disposition_.starts_with("Send");
    return sent || store().public_folders ? acting(context_, store()) : store();
  }

  Folder& target(ItemKind kind) const {
    return place_ ? *(*place_)->folder : *context_.mailbox->find_distinguished(folder_for(kind));
  }

  std::expected<std::string, ResponseError> save(std::unique_ptr<Item> item, Folder& folder) const {
    Mailbox& mailbox = store();
    if (auto full = refusal_of_quota(mailbox, *item)) return std::unexpected(*std::move(full));
    const Item& made = mailbox.add(std::move(item), folder, Arrival::created);
    XmlWriter xml;
    write_item(xml, view_of(context_, mailbox, made), {}, ItemDetail::found);
    return xml.take();
  }

  std::expected<std::string, ResponseError> create_message(std::unique_ptr<Item> item) {
    if (disposition_.empty()) return std::unexpected(no_disposition());
    if (disposition_ == "SaveOnly") {
      Folder& folder = target(item->kind);
      return save(std::move(item), folder);
    }
    if (auto refusal = refusal_to_send(context_, *item)) return std::unexpected(*std::move(refusal));
    Mailbox& mailbox = store();
    if (disposition_ == "SendAndSaveCopy") {
      if (auto full = refusal_of_quota(mailbox, *item)) return std::unexpected(*std::move(full));
    }
    send_item_now(context_, mailbox, *item);
    if (disposition_ == "SendAndSaveCopy") {
      Folder& folder = place_ ? *(*place_)->folder : *mailbox.find_distinguished("sentitems");
      mailbox.add(std::move(item), folder, Arrival::created);
    }
    // What was sent gets no id: recorded answers have no item here.
    return std::string();
  }

  std::expected<std::string, ResponseError> respond(pugi::xml_node node) {
    if (disposition_.empty()) return std::unexpected(no_disposition());
    const auto meeting = respond_to_meeting(context_, node, disposition_);
    if (!meeting) return std::unexpected(meeting.error());
    XmlWriter xml;
    if (meeting->item != nullptr) {
      write_item(xml, view_of(context_, *meeting->mailbox, *meeting->item), {}, ItemDetail::found);
    }
    return xml.take();
  }

  std::expected<std::string, ResponseError> end_meeting(pugi::xml_node node) {
    const auto ref = locate_item(context_, child(node, kTypesNs, "ReferenceItemId"), ItemUse::remove);
    if (!ref) return std::unexpected(ref.error());
    Mailbox& mailbox = *ref->mailbox;
    Item* meeting = ref->item;
    if (auto refusal = refusal_of_response(*ref, local_name(node))) return std::unexpected(*std::move(refusal));
    if (local_name(node) == "RemoveItem") {
      meeting = find_meeting(mailbox, plain_field(*ref->item, field_id("calendar:UID")));
      mailbox.dispose(*ref->item, Disposal::move_to_deleted_items);
    } else {
      if (auto refusal = refusal_to_invite(context_, mailbox, *meeting)) return std::unexpected(*std::move(refusal));
      const std::string_view words = text_of(child(node, kTypesNs, "NewBodyContent"));
      send_meeting_cancellation(context_, mailbox, *meeting, attendees_of(*meeting), words);
    }
    if (ref->master != nullptr) {
      keep_exception(*ref->master, meeting->original_start, nullptr);
      mailbox.note_change(*ref->master);
    } else if (meeting != nullptr) {
      mailbox.dispose(*meeting, Disposal::move_to_deleted_items);
    }
    return std::string();
  }

  static ResponseError no_disposition() {
    return {.code = "ErrorMessageDispositionRequired",
            .text = "The MessageDisposition attribute is required for message items.",
            .values = {}};
  }

  std::expected<std::string, ResponseError> suppress(pugi::xml_node node) const {
    const auto ref =
        locate_item(context_, child(node, kTypesNs, "ReferenceItemId").attribute("Id").value(), ItemUse::read);
    if (!ref) return std::unexpected(ref.error());
    if (auto refusal = refusal_of_response(*ref, local_name(node))) return std::unexpected(*std::move(refusal));
    suppress_read_receipt(*ref->item);
    return std::string();
  }

  OperationContext& context_;
  std::string_view disposition_;
  std::string_view invitations_;
  std::optional<Place> place_;
};

}  // namespace

/// MS-OXWSCORE 3.1.4.2. Recorded: gautamsi-ews-js 15.1.427, garethp-php-ews 14.3.195.
OperationResult create_item(OperationContext& context, const SoapRequest& request) {
  if (request.body.attribute("MessageDisposition")) {
    if (auto fault =
            check_attribute(request, request.body, "MessageDisposition", "MessageDispositionType", kDispositions)) {
      return std::unexpected(*std::move(fault));
    }
  }
  if (request.body.attribute("SendMeetingInvitations")) {
    if (auto fault = check_attribute(request, request.body, "SendMeetingInvitations",
                                     "CalendarItemCreateOrDeleteOperationType", kInvitations)) {
      return std::unexpected(*std::move(fault));
    }
  }
  if (auto fault = check_sequence(request, request.body, {"SavedItemFolderId?", "Items"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto nodes = read_items(context, request);
  if (!nodes) return std::unexpected(nodes.error());
  Creation creation(context, request);
  if (auto fault = creation.read_place(request)) return std::unexpected(*std::move(fault));

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : *nodes) {
    const auto made = creation.create(node);
    if (!made) {
      write_error(xml, "CreateItem", made.error());
      continue;
    }
    write_success(xml, "CreateItem", made->empty() ? "<m:Items/>" : "<m:Items>" + *made + "</m:Items>");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
