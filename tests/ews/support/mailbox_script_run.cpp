#include <algorithm>
#include <map>
#include <stdexcept>

#include "base/bytes.h"
#include "base/digest.h"
#include "ews/operations/copy_item.h"
#include "ews/operations/create_attachment.h"
#include "ews/operations/create_folder.h"
#include "ews/operations/create_item.h"
#include "ews/operations/delete_folder.h"
#include "ews/operations/delete_item.h"
#include "ews/operations/empty_folder.h"
#include "ews/operations/find_folder.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_attachment.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_item.h"
#include "ews/operations/move_folder.h"
#include "ews/operations/move_item.h"
#include "ews/operations/update_folder.h"
#include "ews/operations/update_item.h"
#include "ews/soap.h"
#include "tests/ews/support/mailbox_script.h"
#include "tests/ews/support/simulator_session.h"

namespace mailward::testing {

namespace {

using namespace ews;

/// The value of an operation's first response message, of which none may be an error.
template <typename Operation>
auto value_of(Session& session, const Operation& operation) {
  auto reply = asked(session, operation);
  if (auto error = reply.response.first_error()) throw std::runtime_error(error->error.describe());
  return std::move(reply.response.messages.front().value);
}

Disposal disposal_of(const Step& step) {
  const std::string how = step.at("how");
  return how == "hard"   ? Disposal::hard_delete
         : how == "soft" ? Disposal::soft_delete
                         : Disposal::move_to_deleted_items;
}

BodyText body_of(const Step& step) {
  return {.kind = step.value("html", false) ? BodyText::Kind::html : BodyText::Kind::text, .text = step.at("body")};
}

std::vector<Mailbox> receivers_of(const Step& step) {
  std::vector<Mailbox> found;
  for (const std::string address : step.at("to")) found.push_back({.name = {}, .address = address});
  return found;
}

class Runner {
 public:
  explicit Runner(Session& session) : session_(session) {}

  void run(const Step& step) {
    const std::string op = step.at("op");
    if (op.ends_with("folder") || op == "rename" || op == "empty") return folders(op, step);
    if (step.contains("item")) return with_item(op, step);
    CreateItem operation;
    operation.folder = place(op == "appointment" ? "calendar"
                             : op == "contact"   ? "contacts"
                             : op == "task"      ? "tasks"
                             : op == "send"      ? "sentitems"
                                                 : step.at("folder").get<std::string>());
    if (op == "send") operation.disposition = Disposition::send_and_save_copy;
    operation.items = {new_item(op, step)};
    const auto made = value_of(session_, operation);
    if (step.contains("as")) items_[step.at("as")] = {.id = made.front().id, .kind = operation.items.front().kind};
  }

 private:
  struct Known {
    ItemId id;
    std::string kind;
  };

  FolderRef place(const std::string& name) const {
    const auto found = folders_.find(name);
    if (found == folders_.end()) return DistinguishedFolder{.name = name, .mailbox = {}};
    return found->second;
  }

  void folders(const std::string& op, const Step& step) {
    if (op == "folder") {
      CreateFolder operation{.parent = place(step.at("parent")), .folders = {{.display_name = step.at("name")}}};
      folders_[step.at("as")] = value_of(session_, operation).front().id;
      return;
    }
    const FolderRef folder = place(step.at("folder"));
    if (op == "rename") {
      value_of(session_,
               UpdateFolder{
                   .folders = {{.folder = folder,
                                .changes = {SetField{{"folder:DisplayName", step.at("name").get<std::string>()}}}}}});
    } else if (op == "move_folder") {
      MoveFolder operation{.to = place(step.at("to")), .folders = {folder}};
      value_of(session_, operation);
    } else if (op == "delete_folder") {
      value_of(session_, DeleteFolder{.disposal = disposal_of(step), .folders = {folder}});
    } else {
      value_of(session_, EmptyFolder{.disposal = disposal_of(step), .folders = {folder}});
    }
  }

  static NewItem new_item(const std::string& op, const Step& step) {
    if (op == "mime") {
      const std::string text = step.at("mime");
      // exchangelib says of every new message whether it is read.
      return {.mime = Bytes(text.begin(), text.end()), .properties = {{"message:IsRead", std::string("false")}}};
    }
    NewItem made;
    const auto set = [&](FieldPath field, PropertyValue value) {
      made.properties.push_back({std::move(field), std::move(value)});
    };
    const auto text = [&](const char* key) { return step.at(key).get<std::string>(); };
    if (op == "message" || op == "send") {
      set("item:Subject", text("subject"));
      set("item:Body", body_of(step));
      set("message:ToRecipients", receivers_of(step));
    }
    if (op == "message") {
      set("item:Importance", text("importance"));
      set("message:IsRead", std::string(step.at("read").get<bool>() ? "true" : "false"));
      if (!step.at("categories").empty()) set("item:Categories", step.at("categories").get<std::vector<std::string>>());
    } else if (op == "appointment") {
      made.kind = "CalendarItem";
      set("item:Subject", text("subject"));
      set("calendar:Start", text("start"));
      set("calendar:End", later(text("start"), step.at("minutes")));
      set("calendar:Location", text("location"));
    } else if (op == "contact") {
      made.kind = "Contact";
      set("contacts:GivenName", text("given"));
      set("contacts:Surname", text("surname"));
      set("contacts:DisplayName", text("given"));
      set(IndexedField{"contacts:EmailAddress", "EmailAddress1"}, text("address"));
    } else if (op == "task") {
      made.kind = "Task";
      set("item:Subject", text("subject"));
      set("task:DueDate", text("due") + "T00:00:00Z");
    }
    return made;
  }

  static std::string later(const std::string& start, int minutes) {
    return format_timestamp(parse_timestamp(start).value() + std::chrono::minutes(minutes));
  }

  void with_item(const std::string& op, const Step& step) {
    Known& known = items_.at(step.at("item"));
    if (op == "change") return change(known, step);
    if (op == "attach") {
      CreateAttachment operation;
      operation.parent = known.id;
      operation.attachments = {
          {.name = step.at("name"), .content = from_base64(step.at("content").get<std::string>()).value()}};
      value_of(session_, operation);
    } else if (op == "move") {
      known.id = value_of(session_, MoveItem{.to = place(step.at("to")), .items = {known.id}}).front().id;
    } else if (op == "copy") {
      const auto copies = value_of(session_, CopyItem{.to = place(step.at("to")), .items = {known.id}});
      items_[step.at("as")] = {.id = copies.front().id, .kind = known.kind};
    } else {
      value_of(session_, DeleteItem{.disposal = disposal_of(step), .items = {known.id}});
    }
  }

  void change(Known& known, const Step& step) {
    UpdateItem::Changed changed{.item = known.id, .kind = known.kind, .changes = {}};
    const auto set = [&](const char* field, PropertyValue value) {
      changed.changes.emplace_back(SetField{{field, std::move(value)}});
    };
    if (step.contains("subject")) set("item:Subject", step.at("subject").get<std::string>());
    if (step.contains("importance")) set("item:Importance", step.at("importance").get<std::string>());
    if (step.contains("is_read")) set("message:IsRead", std::string(step.at("is_read").get<bool>() ? "true" : "false"));
    if (step.contains("body")) set("item:Body", body_of(step));
    if (step.contains("categories")) {
      const std::vector<std::string> labels = step.at("categories");
      if (labels.empty()) {
        changed.changes.emplace_back(DeleteField{"item:Categories"});
      } else {
        set("item:Categories", labels);
      }
    }
    UpdateItem operation;
    operation.conflict = UpdateItem::Conflict::always_overwrite;
    operation.items = {std::move(changed)};
    known.id = value_of(session_, operation).items.front().id;
  }

  Session& session_;
  std::map<std::string, FolderId> folders_;
  std::map<std::string, Known> items_;
};

/// As it is compared: line ends and quotes cannot be mistaken for the line's own.
std::string shown(const std::optional<std::string>& text) {
  return text ? Step(*text).dump() : "-";
}

std::string item_text(Session& session, const Item& item) {
  std::string line = item.kind + " " + shown(item.item_class) + " subject=" + shown(item.subject) + " " +
                     item.body_type + "=" + shown(item.body) + " importance=" + shown(item.importance);
  line += std::string(" read=") + (item.is_read.value_or(false) ? "yes" : "no") +
          " draft=" + (item.is_draft.value_or(false) ? "yes" : "no") + " flag=" + shown(item.flag);
  std::vector<std::string> labels = item.categories;
  std::ranges::sort(labels);
  for (const std::string& each : labels) line += " category=" + shown(each);
  for (const Mailbox& each : item.to) line += " to=" + each.address;
  if (item.from) line += " from=" + item.from->address;
  for (const ExtendedProperty& each : item.extended) {
    for (const std::string& value : each.values) line += " extended=" + shown(value);
  }
  for (const Attachment& each : item.attachments) {
    const auto content = value_of(session, GetAttachment{.ids = {each.id}});
    line += " attachment=" + shown(each.name) + ":" + content.front().content.value_or("-");
  }
  return line;
}

}  // namespace

void run_script(Session& session, const std::vector<Step>& script) {
  Runner runner(session);
  for (std::size_t i = 0; i < script.size(); ++i) {
    try {
      runner.run(script[i]);
    } catch (const std::exception& error) {
      throw std::runtime_error("step " + std::to_string(i) + " " + script[i].dump() + ": " + error.what());
    }
  }
}

std::vector<std::string> mailbox_lines(Session& session) {
  // Default folders that Exchange makes when a client first asks for them: exchangelib asks for all.
  GetFolder asks;
  for (const char* name : {"syncissues", "conflicts", "localfailures", "serverfailures", "recipientcache",
                           "peopleconnect", "quickcontacts", "imcontactlist"}) {
    asks.folders.emplace_back(DistinguishedFolder{.name = name, .mailbox = {}});
  }
  value_of(session, asks);
  std::vector<std::string> lines;
  struct Place {
    FolderRef folder;
    std::string path;
  };
  std::vector<Place> places;
  for (const char* root : {"msgfolderroot", "recoverableitemsroot"}) {
    places.push_back({.folder = DistinguishedFolder{.name = root, .mailbox = {}}, .path = root});
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place place = places[i];
    for (const Folder& each : value_of(session, FindFolder{.parents = {place.folder}}).found) {
      const std::string path = place.path + "/" + shown(each.display_name);
      lines.push_back(path + " " + shown(each.folder_class) +
                      " total=" + std::to_string(each.total_count.value_or(-1)) +
                      " unread=" + std::to_string(each.unread_count.value_or(-1)));
      places.push_back({.folder = each.id, .path = path});
    }
    FindItem find;
    find.max_entries = 1000;
    find.parents = {place.folder};
    GetItem get;
    get.mime_content = true;
    get.additional = {"item:ItemClass",   "item:Subject", "item:Body",      "item:Importance",      "item:Categories",
                      "item:Attachments", "item:Flag",    "message:IsRead", "message:ToRecipients", "message:From"};
    get.shape = BaseShape::all_properties;
    for (const Item& each : value_of(session, find).found) get.items.push_back(each.id);
    if (get.items.empty()) continue;
    auto reply = call(session, get, {}, Deadline::after(std::chrono::seconds(20)));
    if (!reply) throw std::runtime_error(reply.error().error.describe());
    for (const auto& message : reply->response.messages) {
      const Item& item = message.value.at(0);
      std::string line = place.path + " " + item_text(session, item);
      // What came as MIME stands as it came, until it is edited.
      const Bytes mime = from_base64(item.mime_content.value_or("")).value();
      const std::string text(mime.begin(), mime.end());
      if (text.ends_with("From here\r\n") && !text.contains("Date:")) line += " mime=" + shown(text);
      lines.push_back(std::move(line));
    }
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace mailward::testing
