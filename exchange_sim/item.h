#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "exchange_sim/blobs.h"
#include "exchange_sim/field_table.h"

/// An item as the store keeps it: a bag of values, and beside it what the store itself must know.
namespace mailward::exchange_sim {

struct Folder;

/// A property's element, taken apart: attributes as they are written (" Id=\"…\""), and what stands within, prefixes
/// made t:.
struct Value {
  std::string inner;
  std::string attributes{};
};

/// One entry of a dictionary (contacts:EmailAddress, contacts:PhysicalAddress:City …).
struct IndexedValue {
  FieldId dictionary = 0;
  std::string key;   ///< "EmailAddress1", "Business"
  std::string part;  ///< "City"; empty where an entry has but one value
  Value value;
};

/// An extended property. `key` is ExtendedName::key(); the value is t:Value or t:Values with its tags.
struct ExtendedValue {
  std::string key;
  std::string xml;
};

struct Body {
  bool html = false;
  BlobRef text{};  ///< UTF-8
};

struct Item;

struct ItemAttachment {
  std::uint32_t number = 0;  ///< within its item, never given twice
  std::string name;
  std::string content_type;  ///< empty for an attached item
  std::string content_id;
  std::string content_location;
  bool inline_part = false;
  bool contact_photo = false;
  Timestamp modified{};
  BlobRef content{};           ///< of a file
  std::unique_ptr<Item> item;  ///< of an attached item; null for a file
};

/// What an appointment is of a series; a master is `none`, and known by its recurrence.
enum class SeriesPart : std::uint8_t { none, occurrence, exception };

/// An occurrence that differs from its series.
struct SeriesException {
  Timestamp original{};        ///< when it would have begun
  std::unique_ptr<Item> item;  ///< null: it was deleted
};

/// Copied by clone() alone. What the store numbers is set by Mailbox.
struct Item {
  ItemKind kind = ItemKind::message;
  std::string id;
  Folder* folder = nullptr;        ///< null while it stands in no folder (an attached item)
  std::uint64_t arrived = 0;       ///< the change by which it came into its folder
  std::uint64_t changed = 0;       ///< the last change of anything but the read flag
  std::uint64_t read_changed = 0;  ///< the last change of the read flag
  std::string item_class;
  Timestamp received{};
  Timestamp sent{};
  Timestamp created{};
  Timestamp modified{};
  std::string modified_by;
  std::string creator;  ///< the address of whoever made it, for rights on one's own items; empty: the mailbox's owner
  bool read = false;
  bool draft = false;
  bool submitted = false;
  bool from_me = false;
  bool unmodified = false;  ///< since it was delivered
  bool associated = false;
  std::optional<Body> body{};
  std::optional<BlobRef> mime{};  ///< as it came; none once it was edited, or for what never came as MIME
  std::string transport_headers;  ///< of what was delivered inside: "Received: …\r\n"
  std::vector<ItemAttachment> attachments;
  std::uint32_t attachments_made = 0;
  SeriesPart series_part = SeriesPart::none;
  Timestamp original_start{};               ///< of an occurrence
  std::vector<SeriesException> exceptions;  ///< of a master, by their time
  /// Which of its properties a client changed, and by which change: for conflicts between writers.
  std::vector<std::pair<std::string, std::uint64_t>> edits;
  std::string left_folder;  ///< of what was soft-deleted: the id of the folder in which it stood

  const Value* find(FieldId id) const;
  void set(FieldId id, Value value);
  void erase(FieldId id);
  const std::vector<std::pair<FieldId, Value>>& values() const { return values_; }

  const Value* find_indexed(FieldId dictionary, std::string_view key, std::string_view part) const;
  void set_indexed(IndexedValue value);
  void erase_indexed(FieldId dictionary, std::string_view key, std::string_view part);
  void erase_dictionary(FieldId dictionary);
  const std::vector<IndexedValue>& indexed() const { return indexed_; }

  const std::string* find_extended(std::string_view key) const;
  void set_extended(std::string key, std::string xml);
  void erase_extended(std::string_view key);
  const std::vector<ExtendedValue>& extended() const { return extended_; }

  /// The last change of anything.
  std::uint64_t last_change() const { return changed > read_changed ? changed : read_changed; }
  const ItemAttachment* find_attachment(std::uint32_t number) const;

  /// All but what the store numbers: id, folder, changes.
  void take_contents(Item&& other);
  /// A copy in no folder, attachments and all. Blobs are shared: they never change.
  std::unique_ptr<Item> clone() const;

 private:
  std::vector<std::pair<FieldId, Value>> values_;  ///< by FieldId
  std::vector<IndexedValue> indexed_;              ///< in the order in which they were set
  std::vector<ExtendedValue> extended_;
};

/// A simple value's text: entities undone. For values without elements inside.
std::string plain_text(std::string_view inner);

}  // namespace mailward::exchange_sim
