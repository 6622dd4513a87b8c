#!/usr/bin/env python3
"""A second reading of recorded EWS answers, by an XML parser of another make: what stands in each, one line a value.

usage: read_answers.py OPERATION FILE [OPERATION FILE ...]
Prints for each file `= FILE`, then its lines; the C++ tests write the same lines from what the client understood
(answer_lines.cpp). What the line of a kind holds is said there.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

NAMESPACES = ["http://schemas.microsoft.com/exchange/services/2006/" + which for which in ("types", "messages")]
KINDS = {"Item", "Message", "CalendarItem", "Contact", "DistributionList", "MeetingMessage", "MeetingRequest",
         "MeetingResponse", "MeetingCancellation", "Task", "PostItem"}
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


def name(element):
    return element.tag.split("}")[-1]


def child(element, *path):
    for step in path:
        if element is None:
            return None
        element = next((e for e in element if e.tag in ["{%s}%s" % (n, step) for n in NAMESPACES]), None)
    return element


def children(element, wanted=None):
    if element is None:
        return []
    return [e for e in element if wanted is None or name(e) == wanted]


def text(element):
    if element is None:
        return None
    return (element.text or "") + "".join(e.tail or "" for e in element)


def number(element):
    found = text(element)
    return str(int(found)) if found is not None and re.fullmatch(r"\s*-?\d+\s*", found) else None


def boolean(element):
    return {"true": "true", "1": "true", "false": "false", "0": "false"}.get((text(element) or "").strip())


def attribute(element, which):
    return "" if element is None else element.get(which, "")


def size(element):
    return None if element is None else str(len((text(element) or "").encode()))


def identity(element):
    return [attribute(element, "Id"), attribute(element, "ChangeKey")]


def line(kind, *values):
    shown = ["-" if v is None else str(v).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r") for v in values]
    return kind + " " + "|".join(shown)


def address(element):
    return text(child(element, "Mailbox", "EmailAddress")) or "" if element is not None else None


def item(element):
    def has(which):
        return child(element, which)
    return line("I", name(element), *identity(has("ItemId")), text(has("ItemClass")), text(has("Subject")),
                number(has("Size")), text(has("DateTimeReceived")), boolean(has("HasAttachments")),
                text(has("InternetMessageId")), address(has("From")), len(children(has("ToRecipients"), "Mailbox")),
                len(children(has("CcRecipients"), "Mailbox")), size(has("Body")), size(has("MimeContent")),
                ",".join(text(e) for e in children(has("Categories"), "String")), boolean(has("IsRead")),
                text(has("Importance")), text(child(element, "Flag", "FlagStatus")),
                len(children(has("Attachments"))), len(children(has("InternetMessageHeaders"))),
                len(children(element, "ExtendedProperty")))


def folder(element):
    def has(which):
        return child(element, which)
    return line("F", name(element), *identity(has("FolderId")), attribute(has("ParentFolderId"), "Id"),
                text(has("FolderClass")), text(has("DisplayName")), number(has("TotalCount")),
                number(has("ChildFolderCount")), number(has("UnreadCount")),
                len(children(element, "ExtendedProperty")))


def attachment(element):
    def has(which):
        return child(element, which)
    inside = next((e for e in element if name(e) in KINDS), None)
    yield line("A", name(element), attribute(has("AttachmentId"), "Id"), attribute(has("AttachmentId"), "RootItemId"),
               text(has("Name")) or "", text(has("ContentType")) or "", text(has("ContentId")) or "",
               number(has("Size")), boolean(has("IsInline")) == "true",
               size(has("Content")) if name(element) == "FileAttachment" else None)
    if inside is not None:
        yield item(inside)


def mailbox(element):
    return [text(child(element, which)) or "" for which in ("Name", "EmailAddress", "RoutingType", "MailboxType")]


def page(root):
    total, following = (root.get(which) if root is not None else None
                        for which in ("TotalItemsInView", "IndexedPagingOffset"))
    last = root is None or root.get("IncludesLastItemInRange") != "false"
    return line("P", total, following, last)


def items(message):
    return [item(e) for e in children(child(message, "Items"))]


def folders(message):
    return [folder(e) for e in children(child(message, "Folders"))]


def found_items(message):
    root = child(message, "RootFolder")
    lines = [page(root)] + [item(e) for e in children(child(root, "Items"))]
    for group in children(child(root, "Groups")):
        lines += [item(e) for e in children(child(group, "Items"))]
    return lines


def found_folders(message):
    root = child(message, "RootFolder")
    return [page(root)] + [folder(e) for e in children(child(root, "Folders"))]


def changes(message, last, one):
    said = boolean(child(message, last))
    yield line("S", text(child(message, "SyncState")) or "", said != "false")
    for change in children(child(message, "Changes")):
        yield line("C", name(change), boolean(child(change, "IsRead")) == "true")
        if name(change) in ("Create", "Update"):
            yield one(change[0])
        else:
            yield line("R", *identity(child(change, "ItemId") if child(change, "ItemId") is not None
                                      else child(change, "FolderId")))


def attachments(message):
    return [one for e in children(child(message, "Attachments")) for one in attachment(e)]


def root_item(message):
    root = child(message, "RootItemId")
    return [line("R", attribute(root, "RootItemId"), attribute(root, "RootItemChangeKey"))]


def resolutions(message):
    root = child(message, "ResolutionSet")
    return [page(root)] + [line("N", *mailbox(child(e, "Mailbox")), text(child(e, "Contact", "DisplayName")))
                           for e in children(root, "Resolution")]


def expansion(message):
    root = child(message, "DLExpansion")
    total = root.get("TotalItemsInView") if root is not None else None
    last = root is None or root.get("IncludesLastItemInRange") != "false"
    return [line("P", total, None, last)] + [line("N", *mailbox(e), None) for e in children(root, "Mailbox")]


def event(element):
    def first(*names):
        return next((child(element, n) for n in names if child(element, n) is not None), None)
    return line("E", name(element), text(child(element, "TimeStamp")) or "", *identity(first("ItemId", "FolderId")),
                *identity(first("OldItemId", "OldFolderId")), attribute(child(element, "ParentFolderId"), "Id"),
                number(child(element, "UnreadCount")))


def notification(element):
    if element is None:
        return [line("B", "", "", False)]
    return [line("B", text(child(element, "SubscriptionId")) or "", text(child(element, "PreviousWatermark")) or "",
                 boolean(child(element, "MoreEvents")) == "true")] + [
        event(e) for e in element if name(e).endswith("Event")]


def streamed(message):
    lines = [one for e in children(child(message, "Notifications"), "Notification") for one in notification(e)]
    lost = [text(e) for e in children(child(message, "ErrorSubscriptionIds"), "SubscriptionId")]
    return lines + [line("K", text(child(message, "ConnectionStatus")), ",".join(lost))]


def conversation(element):
    return line("V", attribute(child(element, "ConversationId"), "Id"), text(child(element, "ConversationTopic")) or "",
                number(child(element, "MessageCount")), number(child(element, "UnreadCount")),
                len(children(child(element, "ItemIds"), "ItemId")))


def configuration(message):
    held = child(message, "UserConfiguration")
    entries = children(child(held, "Dictionary"), "DictionaryEntry")
    return [line("G", *identity(child(held, "ItemId")), size(child(held, "XmlData")), size(child(held, "BinaryData")))] + [
        line("g", text(child(e, "DictionaryKey", "Value")) or "", text(child(e, "DictionaryValue", "Type")) or "",
             ",".join(text(v) for v in children(child(e, "DictionaryValue"), "Value"))) for e in entries]


def rule(element):
    return line("L", text(child(element, "RuleId")) or "", text(child(element, "DisplayName")) or "",
                number(child(element, "Priority")) or 0, boolean(child(element, "IsEnabled")) == "true",
                *(",".join(name(e) for e in children(child(element, which)))
                  for which in ("Conditions", "Exceptions", "Actions")))


def settings(payload):
    held = child(payload, "OofSettings")
    return [line("O", text(child(held, "OofState")) or "", text(child(held, "ExternalAudience")) or "",
                 text(child(held, "Duration", "StartTime")), text(child(held, "Duration", "EndTime")),
                 size(child(held, "InternalReply", "Message")) or 0, size(child(held, "ExternalReply", "Message")) or 0)]


def tips(message):
    held = child(message, "MailTips")
    return [line("T", *mailbox(child(held, "RecipientAddress")), (text(child(held, "PendingMailTips")) or "").strip(),
                 boolean(child(held, "MailboxFull")), number(child(held, "TotalMemberCount")),
                 number(child(held, "MaxMessageSize")), boolean(child(held, "InvalidRecipient")))]


def delegates(payload):
    lines = [line("M", "", text(child(payload, "DeliverMeetingRequests")) or "")]
    for message in children(child(payload, "ResponseMessages")):
        user = child(message, "DelegateUser")
        levels = [name(e).replace("FolderPermissionLevel", "") + "=" + (text(e) or "")
                  for e in children(child(user, "DelegatePermissions"))]
        lines.append(line("D", message.get("ResponseClass"), text(child(user, "UserId", "PrimarySmtpAddress")) or "",
                          text(child(user, "UserId", "SID")) or "", ",".join(levels)))
    return lines


READERS = {
    "ExpandDL": expansion,
    "FindFolder": found_folders,
    "FindItem": found_items,
    "SyncFolderHierarchy": lambda m: list(changes(m, "IncludesLastFolderInRange", folder)),
    "SyncFolderItems": lambda m: list(changes(m, "IncludesLastItemInRange", item)),
    "GetAttachment": attachments,
    "CreateAttachment": attachments,
    "DeleteAttachment": root_item,
    "ResolveNames": resolutions,
    "ExportItems": lambda m: [line("X", *identity(child(m, "ItemId")), size(child(m, "Data")) or 0)],
    "UploadItems": lambda m: [line("R", *identity(child(m, "ItemId")))],
    "Subscribe": lambda m: [line("U", text(child(m, "SubscriptionId")) or "", text(child(m, "Watermark")) or "")],
    "GetEvents": lambda m: notification(child(m, "Notification")),
    "GetStreamingEvents": streamed,
    "FindConversation": lambda m: [conversation(e) for e in children(child(m, "Conversations"), "Conversation")],
    "GetUserConfiguration": configuration,
    "GetInboxRules": lambda m: [rule(e) for e in children(child(m, "InboxRules"), "Rule")],
    "GetPasswordExpirationDate": lambda m: [line("W", text(child(m, "PasswordExpirationDate")) or "")],
    "ConvertId": lambda m: [line("Z", *(attribute(child(m, "AlternateId"), w) for w in ("Format", "Id", "Mailbox")))],
    "GetServerTimeZones": lambda m: [
        line("Y", e.get("Id", ""), e.get("Name", ""), len(children(child(e, "Periods"), "Period")))
        for e in children(child(m, "TimeZoneDefinitions"), "TimeZoneDefinition")],
    "MarkAsJunk": lambda m: [line("R", *identity(child(m, "MovedItemId")))] if child(m, "MovedItemId") is not None else [],
}
for which in ("CreateItem", "GetItem", "MoveItem", "CopyItem", "ArchiveItem", "UpdateItem"):
    READERS[which] = items
for which in ("CreateFolder", "GetFolder", "MoveFolder", "UpdateFolder"):
    READERS[which] = folders
# The answer is a response message itself, or holds one in a place of its own.
SINGLE = {"FindConversation", "GetInboxRules", "GetPasswordExpirationDate", "UpdateInboxRules"}


def status(message):
    return line("M", message.get("ResponseClass"), text(child(message, "ResponseCode")) or "")


def read(operation, file):
    root = ElementTree.parse(file).getroot()
    payload = root.find(SOAP + "Body")[0] if root.tag == SOAP + "Envelope" else root
    if operation == "GetUserOofSettings":
        message = child(payload, "ResponseMessage")
        return [status(message)] + (settings(payload) if message.get("ResponseClass") != "Error" else [])
    if operation == "GetDelegate":
        return [status(payload)] + (delegates(payload) if payload.get("ResponseClass") != "Error" else [])
    if operation in SINGLE:
        messages = [payload]
    elif operation == "GetMailTips":
        messages = children(child(payload, "ResponseMessages")) if payload.get("ResponseClass") != "Error" else [payload]
    else:
        messages = children(child(payload, "ResponseMessages"), operation + "ResponseMessage")
    reader = tips if operation == "GetMailTips" else READERS.get(operation, lambda m: [])
    lines = []
    for message in messages:
        lines.append(status(message))
        if message.get("ResponseClass") != "Error":
            lines += reader(message)
    return lines


def main(arguments):
    for operation, file in zip(arguments[::2], arguments[1::2]):
        print("= " + file)
        for one in read(operation, file):
            print(one)


if __name__ == "__main__":
    main(sys.argv[1:])
