#!/usr/bin/env python3
"""Holds kept conversations (exchange-sim --record), also those in folders below, to Exchange's schema: says "N valid", or each
error. Autodiscover's are of other schemas, and left out.

usage: schema_verdict.py MESSAGES.XSD FOLDER request|response...
"""
import glob
import os
import re
import sys

from lxml import etree

schema = etree.XMLSchema(etree.parse(sys.argv[1]))
valid, errors = 0, []
for kind in sys.argv[3:]:
    for file in sorted(glob.glob(os.path.join(sys.argv[2], "**", f"*.{kind}.xml"), recursive=True)):
        if re.search(r"\.(Autodiscover(Soap)?|GetUserSettings)\.", file):
            continue
        with open(file, "rb") as text:
            bytes_ = text.read()
        # A streamed answer is one envelope after another; what follows the last was cut off with its connection.
        for envelope in re.findall(rb".*?</Envelope>", bytes_, re.S) if b"<Envelope" in bytes_[:16] else [bytes_]:
            name = os.path.relpath(file, sys.argv[2])
            try:
                body = next(each for each in etree.fromstring(envelope) if each.tag.endswith("}Body"))
            except (etree.XMLSyntaxError, StopIteration) as error:
                errors.append(f"{name}: no envelope: {error}")
                continue
            for element in body:
                if element.tag.endswith("}Fault"):
                    continue
                if element.tag.endswith("}GetStreamingEventsResponse"):
                    for each in element.iter("{*}Notification"):
                        each.tag = "{http://schemas.microsoft.com/exchange/services/2006/types}Notification"
                if element.tag.endswith("}GetServerTimeZonesResponse"):
                    for zone in element.iter("{*}TimeZoneDefinition"):
                        if [len(each) for each in zone] == [0, 0]:  # without full data
                            for each in list(zone):
                                zone.remove(each)
                if schema.validate(etree.fromstring(etree.tostring(element))):
                    valid += 1
                else:
                    errors += [f"{name}: {each.message}" for each in schema.error_log]
print("\n".join(errors) if errors else f"{valid} valid")
