#!/usr/bin/env python3
"""Debian's DavMail against the simulator: IMAP, SMTP and CalDAV in, EWS out.

usage: davmail_run.py URL CA ADDRESS whole|sign-in

DavMail runs on ADDRESS, a loopback address on which no port is taken. SIM_PASSWORDS in the environment holds the
mailboxes' passwords as JSON. Ends with the line "whole"; what does not hold ends it with an assertion and the end of
DavMail's log.
"""
import base64
import email.message
import http.client
import imaplib
import json
import os
import smtplib
import sys
import tempfile

import davmail
from davmail import CALDAV, IMAP, SECONDS, SMTP

URL, CA, ADDRESS, MODE = sys.argv[1:5]
PASSWORDS = json.loads(os.environ["SIM_PASSWORDS"])


def mailbox(name):
    client = imaplib.IMAP4(ADDRESS, IMAP, SECONDS)
    client.login(name, PASSWORDS[name])
    return client


def good(answer):
    kind, data = answer
    assert kind == "OK", answer
    return data


def numbers(data):
    return data[0].split()


def message(subject):
    made = email.message.EmailMessage()
    made["Subject"] = subject
    made["From"] = "usera@example.test"
    made["To"] = "userb@example.test"
    made.set_content("Grüße, 日本, 😀\n")
    made.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream", filename="bytes.bin")
    return made


def reads(client):
    listed = [line.decode() for line in good(client.list())]
    for name in ("INBOX", "INBOX/Projects", "Drafts", "Sent", "Trash"):
        assert any(line.endswith(f'"{name}"') for line in listed), listed
    assert numbers(good(client.select("INBOX"))) == [b"12"]
    found = numbers(good(client.search(None, "SUBJECT", "Invoice")))
    assert found and len(found) < 12, found
    data = good(client.fetch("1", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    assert b"Subject: Minutes of Monday's meeting" in data[0][1], data
    whole = good(client.fetch("1", "(BODY.PEEK[])"))[0][1]
    assert whole.startswith(b"Date: ") and b"this is message" in whole, whole


def files_mail(client):
    good(client.create("Kept"))
    good(client.select("INBOX"))
    uid = good(client.fetch("1", "(UID)"))[0].split()[2].rstrip(b")").decode()
    good(client.uid("COPY", uid, "Kept"))
    good(client.uid("STORE", uid, "+FLAGS", "(\\Flagged \\Seen)"))
    flags = good(client.uid("FETCH", uid, "(FLAGS)"))[0]
    assert b"\\Flagged" in flags and b"\\Seen" in flags, flags
    good(client.uid("MOVE", uid, "Kept"))
    assert numbers(good(client.select("INBOX"))) == [b"11"]
    good(client.append("Kept", "(\\Seen)", None, bytes(message("Appended ü"))))
    assert numbers(good(client.select("Kept"))) == [b"3"]
    data = good(client.fetch("3", "(FLAGS BODY.PEEK[])"))
    parsed = email.message_from_bytes(data[0][1], policy=email.policy.default)
    assert parsed["Subject"] == "Appended ü", parsed["Subject"]
    assert next(parsed.iter_attachments()).get_content() == bytes(range(256))
    good(client.store("1:3", "+FLAGS", "\\Deleted"))
    assert len(numbers([b" ".join(good(client.expunge()))])) == 3
    assert numbers(good(client.select("Kept"))) == [b"0"]
    good(client.select("INBOX"))
    good(client.delete("Kept"))


def sends():
    with smtplib.SMTP(ADDRESS, SMTP, timeout=SECONDS) as client:
        client.login("usera@example.test", PASSWORDS["usera@example.test"])
        client.send_message(message("Sent by SMTP ü"))
    receiver = mailbox("userb@example.test")
    # It is delivered before it is said to be sent.
    good(receiver.select("INBOX"))
    last = good(receiver.fetch("*", "(BODY.PEEK[])"))[0][1]
    parsed = email.message_from_bytes(last, policy=email.policy.default)
    assert parsed["Subject"] == "Sent by SMTP ü", parsed["Subject"]
    assert parsed["Received"], parsed.keys()
    assert parsed.get_body(("plain",)).get_content().strip() == "Grüße, 日本, 😀"
    receiver.logout()


def calendar(method, path, body=None, depth=None):
    client = http.client.HTTPConnection(ADDRESS, CALDAV, timeout=SECONDS)
    name = "usera@example.test"
    headers = {"Authorization": "Basic " + base64.b64encode(f"{name}:{PASSWORDS[name]}".encode()).decode()}
    if body:
        headers["Content-Type"] = "text/calendar; charset=utf-8" if method == "PUT" else "text/xml; charset=utf-8"
    if depth is not None:
        headers["Depth"] = depth
    client.request(method, f"/users/{name}/calendar/{path}", body, headers)
    answer = client.getresponse()
    return answer.status, answer.read().decode()


def keeps_dates():
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.test//EN", "BEGIN:VEVENT", "UID:one@example.test",
             "DTSTAMP:20261130T000000Z", "DTSTART:20261201T100000Z", "DTEND:20261201T113000Z", "SUMMARY:Budget",
             "LOCATION:Room 1", "DESCRIPTION:Numbers", "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
    status, text = calendar("PUT", "one.ics", "\r\n".join(lines))
    assert status == 201, (status, text)
    props = '<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
    status, text = calendar("PROPFIND", "", props, "1")
    assert status == 207 and text.count("<D:response>") == 2 and ".EML" in text, (status, text)
    status, text = calendar("GET", "one.ics")
    assert status == 200 and "Budget" in text and "Room 1" in text and "BEGIN:VTIMEZONE" in text, (status, text)
    assert calendar("DELETE", "one.ics")[0] in (200, 204)
    assert calendar("GET", "one.ics")[0] == 404


def main():
    with tempfile.TemporaryDirectory() as folder:
        server = davmail.start(folder, URL, CA, ADDRESS)
        try:
            client = mailbox("usera@example.test")
            reads(client)
            if MODE == "whole":
                files_mail(client)
                sends()
                keeps_dates()
            client.logout()
        except BaseException:
            with open(os.path.join(folder, "davmail.log"), encoding="utf-8", errors="replace") as log:
                print(log.read()[-4000:])
            raise
        finally:
            server.kill()
            server.wait()
    print("whole")


main()
