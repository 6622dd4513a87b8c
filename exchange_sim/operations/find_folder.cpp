#include <algorithm>
#include <array>

#include "exchange_sim/access.h"
#include "exchange_sim/public_folders.h"
#include "exchange_sim/restriction.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kTraversals{"Shallow", "Deep", "SoftDeleted"};

std::vector<Folder*> candidates(const FolderRef& ref, std::string_view traversal) {
  if (traversal == "Deep") return Mailbox::descendants(*ref.folder);
  if (traversal == "Shallow") return ref.folder->children;
  return {};
}

}  // namespace

/// MS-OXWSFOLD 3.1.4.4 (FindFolder). Recorded: garethp-php-ews 15.2.1748.
OperationResult find_folder(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_attribute(request, request.body, "Traversal", "FolderQueryTraversalType", kTraversals)) {
    return std::unexpected(*fault);
  }
  if (auto fault = check_sequence(
          request, request.body,
          {"FolderShape", "IndexedPageFolderView|FractionalPageFolderView?", "Restriction?", "ParentFolderIds"})) {
    return std::unexpected(*fault);
  }
  const auto shape = read_shape(request, child(request.body, kMessagesNs, "FolderShape"));
  if (!shape) return std::unexpected(shape.error());
  const auto restriction = Restriction::read(request, child(request.body, kMessagesNs, "Restriction"));
  if (!restriction) return std::unexpected(restriction.error());
  const auto parents =
      read_folder_ids(context, request, child(request.body, kMessagesNs, "ParentFolderIds"), FolderUse::see);
  if (!parents) return std::unexpected(parents.error());
  auto view = child(request.body, kMessagesNs, "IndexedPageFolderView");
  if (!view) view = child(request.body, kMessagesNs, "FractionalPageFolderView");

  auto refused = refusal_of_page(view);
  if (!refused) refused = shape->refusal;
  if (!refused) refused = restriction->refusal();

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto& ref : *parents) {
    if (!ref || refused) {
      write_error(xml, "FindFolder", ref ? *refused : ref.error());
      continue;
    }
    if (ref->mailbox->public_folders && request.body.attribute("Traversal").value() == std::string_view("Deep")) {
      write_error(xml, "FindFolder", not_with_public_folders());
      continue;
    }
    auto found = candidates(*ref, request.body.attribute("Traversal").value());
    std::erase_if(found, [&](const Folder* folder) {
      return !may_see(context, *ref->mailbox, *folder) ||
             !restriction->holds([&](const PropertyPath& path) { return folder_texts(*ref->mailbox, *folder, path); });
    });
    const auto page = read_page(request, view, found.size());
    if (!page) return std::unexpected(page.error());
    XmlWriter content;
    open_root_folder(content, *page, found.size());
    content.open("t:Folders");
    for (std::size_t i = 0; i < page->count; ++i) {
      write_folder(content, context, {.mailbox = ref->mailbox, .folder = found[page->first + i]}, *shape);
    }
    content.close("t:Folders");
    content.close("m:RootFolder");
    write_success(xml, "FindFolder", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
