#!/usr/bin/env python3
"""Holds kept conversations (exchange-sim --record) to Exchange's schema: says "N valid", or each error.

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
    for file in sorted(glob.glob(os.path.join(sys.argv[2], f"*.{kind}.xml"))):
        with open(file, "rb") as text:
            bytes_ = text.read()
        # A streamed answer is one envelope after another.
        for envelope in re.split(rb"(?<=</Envelope>)", bytes_) if b"<Envelope" in bytes_[:16] else [bytes_]:
            if not envelope.strip():
                continue
            name = os.path.basename(file)
            try:
                body = next(each for each in etree.fromstring(envelope) if each.tag.endswith("}Body"))
            except etree.XMLSyntaxError as error:
                errors.append(f"{name}: {error}")
                continue
            for element in body:
                if element.tag.endswith("}Fault"):
                    continue
                if element.tag.endswith("}GetStreamingEventsResponse"):
                    for each in element.iter("{*}Notification"):
                        each.tag = "{http://schemas.microsoft.com/exchange/services/2006/types}Notification"
                if schema.validate(etree.fromstring(etree.tostring(element))):
                    valid += 1
                else:
                    errors += [f"{name}: {each.message}" for each in schema.error_log]
print("\n".join(errors) if errors else f"{valid} valid")
