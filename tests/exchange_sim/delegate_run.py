"""exchangelib in delegate access: User B in User A's mailbox, each with his own account. Prints one line a step.

usage: delegate_run.py URL    (SIM_PASSWORDS: a JSON object, address to password)
"""
import datetime
import json
import os
import sys

import requests
from exchangelib import (BASIC, DELEGATE, UTC, Account, CalendarItem, Configuration, Credentials, EWSDateTime, Folder,
                         Message)
from exchangelib.errors import ErrorAccessDenied, ErrorFolderNotFound, ErrorItemNotFound, ErrorSendAsDenied
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY, SEND_TO_NONE

URL = sys.argv[1]
PASSWORDS = json.loads(os.environ["SIM_PASSWORDS"])
OWNER, OTHER, ATTENDEE = "usera@example.test", "userb@example.test", "userc@example.test"
START = EWSDateTime(2026, 3, 2, 9, 0, tzinfo=UTC)
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"


def sign_in(smtp):
    return "EXAMPLE\\" + smtp.split("@")[0], PASSWORDS[smtp]


def mailbox(smtp, caller):
    """`smtp`'s mailbox as `caller` has it: nothing is remembered from one step to the next."""
    config = Configuration(service_endpoint=URL, auth_type=BASIC, credentials=Credentials(*sign_in(caller)))
    return Account(smtp, config=config, autodiscover=False, access_type=DELEGATE, default_timezone=UTC)


def shared():
    return mailbox(OWNER, OTHER)


def step(name):
    print("done", name, flush=True)


def refused(error, act):
    try:
        act()
    except error:
        return
    raise AssertionError(f"{error.__name__} did not come")


def as_owner(request):
    """What exchangelib has no call for."""
    body = (f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="{MESSAGES}" xmlns:t="{TYPES}">'
            f'<s:Header><t:RequestServerVersion Version="Exchange2016"/></s:Header><s:Body>{request}</s:Body></s:Envelope>')
    answer = requests.post(URL, data=body, auth=sign_in(OWNER), headers={"Content-Type": "text/xml"}, timeout=30)
    assert answer.status_code == 200 and 'ResponseClass="Error"' not in answer.text, answer.text


def delegate(operation, inner):
    as_owner(f"<m:{operation}><m:Mailbox><t:EmailAddress>{OWNER}</t:EmailAddress></m:Mailbox>{inner}</m:{operation}>")


def share(folder, level, single=""):
    """What exchangelib 4.9 makes of a PermissionSet is against the schema."""
    calendar = "Calendar" if folder.folder_class == "IPF.Appointment" else ""
    change_permissions(f'<t:FolderId Id="{folder.id}"/>', level, single, calendar)


def change_permissions(folder, level, single="", calendar=""):
    as_owner(f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:SetFolderField>"
             f'<t:FieldURI FieldURI="folder:PermissionSet"/><t:{calendar}Folder><t:PermissionSet>'
             f"<t:{calendar}Permissions><t:{calendar}Permission>{user_id()}{single}<t:{calendar}PermissionLevel>{level}"
             f"</t:{calendar}PermissionLevel></t:{calendar}Permission></t:{calendar}Permissions></t:PermissionSet>"
             f"</t:{calendar}Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>")


def user_id():
    return f"<t:UserId><t:PrimarySmtpAddress>{OTHER}</t:PrimarySmtpAddress></t:UserId>"


def nothing_shared():
    refused(ErrorFolderNotFound, lambda: shared().root)
    # exchangelib looks at the mailbox's root before anything else.
    change_permissions('<t:DistinguishedFolderId Id="root"/>', "Custom", "<t:IsFolderVisible>true</t:IsFolderVisible>")
    refused(ErrorFolderNotFound, lambda: shared().inbox)
    known = A.inbox.all()[0]
    refused(ErrorItemNotFound, Message(account=shared(), id=known.id, changekey=known.changekey).refresh)
    step("nothing shared")


def reader():
    share(A.inbox, "Reviewer")
    inbox = shared().inbox
    assert inbox.total_count == 12 and inbox.all().count() == 12
    rights = inbox.effective_rights
    assert rights.read and not rights.create_contents and not rights.delete, rights
    item = inbox.all().order_by("datetime_received")[0]
    assert item.effective_rights.read and not item.effective_rights.modify, item.effective_rights
    item.is_read = not item.is_read
    refused(ErrorAccessDenied, lambda: item.save(update_fields=["is_read"]))
    refused(ErrorAccessDenied, item.delete)
    refused(ErrorAccessDenied, Message(account=inbox.account, folder=inbox, subject="x").save)
    refused(ErrorFolderNotFound, lambda: shared().tasks)
    assert [each.name for each in inbox.children] == [], "what is below is not shared"
    step("reader")


def author():
    share(A.inbox, "Author")
    inbox = shared().inbox
    mine = Message(account=inbox.account, folder=inbox, subject="mine").save()
    mine.subject = "mine still"
    mine.save(update_fields=["subject"])
    refused(ErrorAccessDenied, inbox.filter(subject__startswith="Minutes")[0].delete)
    mine.delete()
    step("author")


def editor():
    share(A.inbox, "Editor")
    inbox = shared().inbox
    other = inbox.filter(subject__startswith="Minutes")[0]
    other.subject = "Edited"
    other.save(update_fields=["subject"])
    assert A.inbox.filter(subject="Edited").count() == 1
    other.delete()
    assert A.inbox.filter(subject="Edited").count() == 0
    refused(ErrorAccessDenied, Folder(parent=inbox, name="Below").save)
    step("editor")


def visibility():
    seen = Folder(parent=A.inbox, name="Seen").save()
    Folder(parent=A.inbox, name="Unseen").save()
    share(seen, "Reviewer")
    unseen = next(each for each in A.inbox.children if each.name == "Unseen")
    share(unseen, "None")
    names = [each.name for each in shared().inbox.walk()]
    assert "Seen" in names and "Unseen" not in names, names
    step("visibility")


def calendar():
    share(A.calendar, "Editor")
    there = shared().calendar
    meeting = CalendarItem(account=there.account, folder=there, subject="Plans", start=START,
                           end=START + datetime.timedelta(hours=1), required_attendees=[ATTENDEE])
    refused(ErrorSendAsDenied, lambda: meeting.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY))
    delegate("AddDelegate", f"<m:DelegateUsers><t:DelegateUser>{user_id()}<t:DelegatePermissions>"
                            "<t:CalendarFolderPermissionLevel>Editor</t:CalendarFolderPermissionLevel>"
                            "</t:DelegatePermissions></t:DelegateUser></m:DelegateUsers>")
    known = A.delegates
    assert [each.user_id.primary_smtp_address for each in known] == [OTHER], known
    assert known[0].delegate_permissions.calendar_folder_permission_level == "Editor", known
    there = shared().calendar
    meeting = CalendarItem(account=there.account, folder=there, subject="Plans", start=START,
                           end=START + datetime.timedelta(hours=1), required_attendees=[ATTENDEE])
    meeting.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    request = mailbox(ATTENDEE, ATTENDEE).inbox.get(subject="Plans")
    assert request.author.email_address == OWNER and request.sender.email_address == OTHER, request
    assert A.calendar.get(subject="Plans").organizer.email_address == OWNER
    meeting.location = "Room 4"
    meeting.save(update_fields=["location"], send_meeting_invitations=SEND_TO_NONE)
    meeting.delete(send_meeting_cancellations=SEND_TO_ALL_AND_SAVE_COPY)
    assert mailbox(ATTENDEE, ATTENDEE).inbox.filter(subject="Canceled: Plans").count() == 1
    delegate("RemoveDelegate", f"<m:UserIds>{user_id()}</m:UserIds>")
    refused(ErrorFolderNotFound, lambda: shared().calendar)
    step("calendar")


A = mailbox(OWNER, OWNER)
nothing_shared()
reader()
author()
editor()
visibility()
calendar()
print("whole")
