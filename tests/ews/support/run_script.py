#!/usr/bin/env python3
"""Runs a script of mailbox operations through exchangelib: the other half of differential_test.cpp.

usage: run_script.py URL SCRIPT      (SIM_PASSWORD: EXAMPLE\\usera's). One JSON object a line, as script_of() writes it.
"""
import base64
import datetime
import json
import os
import sys

from exchangelib import (BASIC, DELEGATE, UTC, Account, CalendarItem, Configuration, Contact, Credentials, EWSDate,
                         EWSDateTime, FileAttachment, Folder, HTMLBody, Mailbox, Message, Task)
from exchangelib.indexed_properties import EmailAddress

CONFIG = Configuration(service_endpoint=sys.argv[1], auth_type=BASIC,
                       credentials=Credentials("EXAMPLE\\usera", os.environ["SIM_PASSWORD"]))
A = Account("usera@example.test", config=CONFIG, autodiscover=False, access_type=DELEGATE, default_timezone=UTC)
FOLDERS = {"inbox": A.inbox, "drafts": A.drafts}
ITEMS = {}
DELETE = {"hard": "HardDelete", "soft": "SoftDelete", "deleted_items": "MoveToDeletedItems"}


def body(step):
    return HTMLBody(step["body"]) if step.get("html") else step["body"]


def folder(s):
    made = Folder(parent=FOLDERS[s["parent"]], name=s["name"])
    made.save()
    FOLDERS[s["as"]] = made


def rename(s):
    FOLDERS[s["folder"]].name = s["name"]
    FOLDERS[s["folder"]].save(update_fields=["name"])


def move_folder(s):
    FOLDERS[s["folder"]].move(to_folder=FOLDERS[s["to"]])


def delete_folder(s):
    FOLDERS[s["folder"]].delete(delete_type=DELETE[s["how"]])


def empty(s):
    FOLDERS[s["folder"]].empty(delete_type=DELETE[s["how"]])


def message(s):
    made = Message(account=A, folder=FOLDERS[s["folder"]], subject=s["subject"], body=body(s), importance=s["importance"],
                   categories=s["categories"] or None, is_read=s["read"],
                   to_recipients=[Mailbox(email_address=each) for each in s["to"]])
    made.save()
    ITEMS[s["as"]] = made


def mime(s):
    made = Message(account=A, folder=FOLDERS[s["folder"]], mime_content=s["mime"].encode())
    made.save()
    ITEMS[s["as"]] = made


def appointment(s):
    start = EWSDateTime.from_string(s["start"])
    made = CalendarItem(account=A, folder=A.calendar, subject=s["subject"], start=start,
                        end=start + datetime.timedelta(minutes=s["minutes"]), location=s["location"])
    made.save()
    ITEMS[s["as"]] = made


def contact(s):
    made = Contact(account=A, folder=A.contacts, given_name=s["given"], surname=s["surname"],
                   display_name=s["given"],
                   email_addresses=[EmailAddress(label="EmailAddress1", email=s["address"])])
    made.save()
    ITEMS[s["as"]] = made


def task(s):
    made = Task(account=A, folder=A.tasks, subject=s["subject"], due_date=EWSDate.from_string(s["due"]))
    made.save()
    ITEMS[s["as"]] = made


def change(s):
    item = ITEMS[s["item"]]
    fields = {key: s[key] for key in ("subject", "categories", "importance", "is_read") if key in s}
    if "body" in s:
        fields["body"] = body(s)
    for key, value in fields.items():
        setattr(item, key, value if value != [] else None)
    item.save(update_fields=list(fields))


def attach(s):
    ITEMS[s["item"]].attach(FileAttachment(name=s["name"], content=base64.b64decode(s["content"])))


def move(s):
    ITEMS[s["item"]].move(to_folder=FOLDERS[s["to"]])


def copy(s):
    item_id, changekey = ITEMS[s["item"]].copy(to_folder=FOLDERS[s["to"]])
    ITEMS[s["as"]] = A.fetch([(item_id, changekey)])
    ITEMS[s["as"]] = next(iter(ITEMS[s["as"]]))


def delete(s):
    item = ITEMS[s["item"]]
    {"hard": item.delete, "soft": item.soft_delete, "deleted_items": item.move_to_trash}[s["how"]]()


def send(s):
    Message(account=A, subject=s["subject"], body=body(s), to_recipients=[Mailbox(email_address=each) for each in s["to"]],
            folder=A.sent).send_and_save()


with open(sys.argv[2], encoding="utf-8") as script:
    for number, line in enumerate(script):
        step = json.loads(line)
        try:
            globals()[step["op"]](step)
        except BaseException:
            print("step", number, line)
            raise
print("whole")
