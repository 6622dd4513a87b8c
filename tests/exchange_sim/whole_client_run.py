"""exchangelib over the simulator's whole surface, as far as the store goes. Prints one line a step; asserts the rest.

usage: whole_client_run.py URL    (SIM_PASSWORD: the service account's)
"""
import base64
import datetime
import os
import sys

from exchangelib import (BASIC, IMPERSONATION, Account, CalendarItem, Configuration, Contact, Credentials, EWSDateTime,
                         ExtendedProperty, FileAttachment, Folder, HTMLBody, ItemAttachment, Mailbox, Message,
                         OofSettings, PostItem, Q, Task, UTC)
from exchangelib.indexed_properties import EmailAddress, PhysicalAddress
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY
from exchangelib.properties import AlternateId
from exchangelib.recurrence import Recurrence, WeeklyPattern

URL = sys.argv[1]
CONFIG = Configuration(service_endpoint=URL, auth_type=BASIC,
                       credentials=Credentials("EXAMPLE\\svc-mailward", os.environ["SIM_PASSWORD"]))


def account(smtp):
    return Account(smtp, config=CONFIG, autodiscover=False, access_type=IMPERSONATION, default_timezone=UTC)


class Mark(ExtendedProperty):
    property_set_id = "c11ff724-aa03-4555-9952-8fa248a11c3e"
    property_name = "mailward-mark"
    property_type = "String"


Message.register("mark", Mark)
A = account("usera@example.test")
B = account("userb@example.test")


def step(name):
    print("done", name, flush=True)


def folders():
    made = Folder(parent=A.inbox, name="Möde / 1")
    made.save()
    made.name = "Renamed"
    made.save(update_fields=["name"])
    A.root.refresh()
    inner = Folder(parent=made, name="Inner")
    inner.save()
    assert [f.name for f in made.children] == ["Inner"]
    inner.move(to_folder=A.inbox)
    inner.delete()
    step("folders")
    return made


def messages(folder):
    item = Message(account=A, folder=folder, subject="Sübject", body=HTMLBody("<p>Hello <b>you</b></p>"),
                   to_recipients=[Mailbox(email_address="userb@example.test")], categories=["Red", "Blue"],
                   importance="High", mark="seen")
    item.save()
    item.attach(FileAttachment(name="a.bin", content=bytes(range(256)), is_inline=False))
    inner = Message(account=A, subject="Inner", body="deep")
    item.attach(ItemAttachment(name="inner", item=inner))
    again = folder.get(subject="Sübject")
    assert again.mark == "seen" and set(again.categories) == {"Red", "Blue"}, again
    files = {each.name: each for each in again.attachments}
    assert files["a.bin"].content == bytes(range(256))
    assert files["inner"].item.subject == "Inner"
    again.detach(files["a.bin"])
    again.subject = "Changed"
    again.mark = None
    again.is_read = False
    again.save(update_fields=["subject", "mark", "is_read"])
    again.refresh()
    assert again.subject == "Changed" and again.mark is None and not again.is_read
    copied = again.copy(to_folder=A.drafts)
    assert copied
    again.move(to_folder=A.inbox)
    assert A.inbox.get(subject="Changed").id == again.id
    again.soft_delete()
    assert A.recoverable_items_deletions.filter(subject="Changed").count() == 1
    step("messages")


def mime(folder):
    raw = b"From: x@other.test\r\nTo: usera@example.test\r\nSubject: raw\r\nMessage-ID: <r1@other.test>\r\n\r\nbody\r\n"
    item = Message(account=A, folder=folder, mime_content=raw)
    item.save()
    assert folder.get(subject="raw").mime_content == raw
    step("mime")


def others():
    start = EWSDateTime(2025, 9, 1, 10, 0, tzinfo=UTC)
    meeting = CalendarItem(account=A, folder=A.calendar, subject="Meet", start=start,
                           end=start + datetime.timedelta(hours=1), location="Room 3")
    meeting.save()
    found = list(A.calendar.view(start=start - datetime.timedelta(days=1), end=start + datetime.timedelta(days=1)))
    assert [each.subject for each in found] == ["Meet"], found
    meeting.location = "Room 4"
    meeting.save(update_fields=["location"])
    meeting.refresh()
    assert meeting.location == "Room 4"
    meeting.delete()
    contact = Contact(account=A, folder=A.contacts, given_name="Ann", surname="Berg", display_name="Ann Berg",
                      email_addresses=[EmailAddress(label="EmailAddress1", email="ann@example.test")],
                      physical_addresses=[PhysicalAddress(label="Business", street="Quay 1", city="Bergen")])
    contact.save()
    contact.refresh()
    assert contact.physical_addresses[0].city == "Bergen"
    contact.email_addresses = [EmailAddress(label="EmailAddress1", email="berg@example.test")]
    contact.save(update_fields=["email_addresses"])
    contact.refresh()
    assert contact.email_addresses[0].email == "berg@example.test"
    contact.delete()
    task = Task(account=A, folder=A.tasks, subject="Do", due_date=datetime.date(2025, 9, 2))
    task.save()
    task.complete()
    task.refresh()
    assert task.is_complete
    task.delete()
    step("others")


def search():
    assert A.inbox.filter(subject__startswith="Minutes").count() == 2
    assert A.inbox.filter(Q(is_read=False) & ~Q(subject__icontains="invoice")).count() == 4
    assert A.inbox.filter(datetime_received__gt=EWSDateTime(2025, 9, 1, 15, 0, tzinfo=UTC)).exists()
    subjects = [each.subject for each in A.inbox.all().order_by("-datetime_received").only("subject")[:3]]
    assert len(subjects) == 3
    assert A.inbox.filter("subject:parking").count() == 2
    assert len(list(A.inbox.all().only("id", "changekey"))) == 12
    step("search")


def sending():
    Message(account=A, subject="To B", body="hi", to_recipients=["userb@example.test"]).send_and_save()
    there = B.inbox.get(subject="To B")
    assert there.sender.email_address == "usera@example.test" and not there.is_read
    there.reply(subject="RE: To B", body="thanks", to_recipients=["usera@example.test"])
    assert A.inbox.get(subject="RE: To B").in_reply_to == there.message_id
    draft = Message(account=A, folder=A.drafts, subject="Draft", body="x", to_recipients=["userb@example.test"])
    draft.save()
    draft.send()
    assert B.inbox.filter(subject="Draft").count() == 1
    step("sending")


def sync():
    folder = Folder(parent=A.inbox, name="Synced")
    folder.save()
    list(folder.sync_items())
    item = Message(account=A, folder=folder, subject="one")
    item.save()
    kinds = [kind for kind, _ in folder.sync_items()]
    assert kinds == ["create"], kinds
    item.is_read = not item.is_read
    item.save(update_fields=["is_read"])
    assert [kind for kind, _ in folder.sync_items()] == ["read_flag_change"]
    item.delete()
    assert [kind for kind, _ in folder.sync_items()] == ["delete"]
    list(A.msg_folder_root.sync_hierarchy())
    Folder(parent=folder, name="Below").save()
    assert [kind for kind, _ in A.msg_folder_root.sync_hierarchy()] == ["create"]
    step("sync")


def notifications():
    with A.inbox.pull_subscription() as (subscription, watermark):
        Message(account=A, folder=A.inbox, subject="told").save()
        seen = [type(event).__name__ for n in A.inbox.get_events(subscription, watermark) for event in n.events]
        assert "CreatedEvent" in seen, seen
    subscription = A.inbox.subscribe_to_streaming()
    Message(account=A, folder=A.inbox, subject="streamed").save()
    told = A.inbox.get_streaming_events(subscription, connection_timeout=1, max_notifications_returned=1)
    seen = [type(event).__name__ for notification in told for event in notification.events]
    assert "CreatedEvent" in seen, seen
    A.inbox.unsubscribe(subscription)
    step("notifications")


def series():
    start = EWSDateTime(2025, 9, 1, 10, 0, tzinfo=UTC)
    item = CalendarItem(account=A, folder=A.calendar, subject="Weekly", start=start,
                        end=start + datetime.timedelta(hours=1),
                        recurrence=Recurrence(pattern=WeeklyPattern(interval=1, weekdays=["Monday"]), start=start.date(),
                                              number=4))
    item.save()
    item.refresh()
    assert item.type == "RecurringMaster" and item.first_occurrence.start == start, item
    seen = list(A.calendar.view(start=start, end=start + datetime.timedelta(days=40)))
    assert [each.type for each in seen] == ["Occurrence"] * 4, seen
    second = item.occurrence(index=2)
    second.refresh()
    assert second.start == start + datetime.timedelta(days=7)
    second.subject = "Moved"
    second.save(update_fields=["subject"])
    item.occurrence(index=3).delete()
    seen = list(A.calendar.view(start=start, end=start + datetime.timedelta(days=40)))
    assert [each.subject for each in seen] == ["Weekly", "Moved", "Weekly"], seen
    item.refresh()
    assert len(item.modified_occurrences) == 1 and len(item.deleted_occurrences) == 1
    master = seen[1].recurring_master()
    master.refresh()
    assert master.type == "RecurringMaster" and master.subject == "Weekly"
    item.delete()
    step("series")


def meetings():
    start = EWSDateTime(2025, 10, 1, 10, 0, tzinfo=UTC)
    meeting = CalendarItem(account=A, folder=A.calendar, subject="Together", start=start,
                           end=start + datetime.timedelta(hours=1), required_attendees=["userb@example.test"])
    meeting.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    request = B.inbox.get(subject="Together")
    assert type(request).__name__ == "MeetingRequest"
    request.accept()
    meeting.refresh()
    assert meeting.required_attendees[0].response_type == "Accept", meeting.required_attendees
    assert B.calendar.get(subject="Together").my_response_type == "Accept"
    meeting.cancel()
    assert B.inbox.filter(subject="Canceled: Together").count() == 1
    assert A.calendar.filter(subject="Together").count() == 0
    step("meetings")


def settings():
    A.oof_settings = OofSettings(state=OofSettings.ENABLED, external_audience="None", internal_reply="gone fishing",
                                 external_reply="gone")
    assert A.oof_settings.internal_reply == "gone fishing"
    Message(account=B, subject="Where are you", to_recipients=["usera@example.test"]).send()
    assert "gone fishing" in B.inbox.get(subject="Automatic reply: Where are you").body
    A.oof_settings = OofSettings(state=OofSettings.DISABLED, external_audience="None", internal_reply="x",
                                 external_reply="y")
    A.inbox.create_user_configuration(name="Mailward", dictionary={"a": 1, "b": "two", "c": True}, xml_data=b"<a/>",
                                      binary_data=b"\x00\x01")
    kept = A.inbox.get_user_configuration(name="Mailward")
    assert kept.dictionary == {"a": 1, "b": "two", "c": True}, kept
    assert kept.xml_data == b"<a/>" and kept.binary_data == b"\x00\x01"
    A.inbox.update_user_configuration(name="Mailward", dictionary={"a": 2})
    assert A.inbox.get_user_configuration(name="Mailward").dictionary == {"a": 2}
    A.inbox.delete_user_configuration(name="Mailward")
    assert A.delegates == []
    assert A.mail_tips.recipient_address.email_address == "usera@example.test"
    step("settings")


def directory():
    start = EWSDateTime(2025, 11, 3, 9, 0, tzinfo=UTC)
    CalendarItem(account=A, folder=A.calendar, subject="Busy", start=start,
                 end=start + datetime.timedelta(hours=1)).save()
    info = next(iter(A.protocol.get_free_busy_info(
        accounts=[(A, "Organizer", False)], start=start, end=start + datetime.timedelta(hours=2),
        merged_free_busy_interval=60)))
    assert info.merged == "20" and info.calendar_events[0].busy_type == "Busy", info
    assert [each.email_address for each in A.protocol.expand_dl("all@example.test")] == ["usera@example.test",
                                                                                        "userb@example.test"]
    assert [each.email_address for each in A.protocol.get_roomlists()] == ["rooms@example.test"]
    assert [each.email_address for each in A.protocol.get_rooms("rooms@example.test")] == ["room1@example.test"]
    assert len(list(A.protocol.get_searchable_mailboxes())) == 3
    found = A.protocol.resolve_names(["userb@example.test"])
    assert [each.email_address for each in found] == ["userb@example.test"]
    inbox = AlternateId(id=A.inbox.id, format="EwsId", mailbox="usera@example.test")
    hexed = next(iter(A.protocol.convert_ids([inbox], destination_format="HexEntryId")))
    back = next(iter(A.protocol.convert_ids([hexed], destination_format="EwsId")))
    assert back.id == A.inbox.id
    Contact(account=A, folder=A.contacts, given_name="Eve", surname="Kay", display_name="Eve Kay",
            email_addresses=[EmailAddress(label="EmailAddress1", email="eve@example.test")]).save()
    assert "Eve Kay" in [each.display_name for each in A.contacts.people().only("display_name")]
    step("directory")


def moving(folder):
    Message(account=A, folder=folder, subject="precious", body="keep", categories=["Gold"]).save()
    item = folder.get(subject="precious")
    data = A.export([item])
    item.delete()
    new_id, _ = A.upload([(folder, data[0])])[0]
    back = folder.get(subject="precious")
    assert back.id == new_id and back.categories == ["Gold"] and back.body == "keep"
    refused = A.upload([(folder, data[0][:-8])])[0]
    assert isinstance(refused, Exception), refused
    back.archive(to_folder=folder)
    assert folder.filter(subject="precious").count() == 0
    Message(account=B, subject="rubbish", to_recipients=["usera@example.test"]).send()
    A.inbox.get(subject="rubbish").mark_as_junk(is_junk=True, move_item=True)
    assert A.junk.filter(subject="rubbish").count() == 1
    step("moving")


def public():
    root = A.public_folders_root
    assert sorted(each.name for each in root.children) == ["Sales"], list(root.children)
    sales = next(iter(root.children))
    leads = next(iter(sales.children))
    assert leads.name == "Leads" and leads.all().count() == 2
    PostItem(account=A, folder=leads, subject="posted", body="x").save()
    assert leads.get(subject="posted").body == "x"
    leads.get(subject="posted").delete()
    assert leads.all().count() == 2
    step("public")


search()
place = folders()
messages(place)
mime(place)
others()
sending()
sync()
notifications()
series()
meetings()
settings()
directory()
moving(place)
public()
place.wipe()
place.delete()
print("whole")
