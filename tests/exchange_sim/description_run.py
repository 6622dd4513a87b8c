"""zeep reads the service's description, and calls by it.

usage: description_run.py URL    (SIM_PASSWORD: User A's)
"""
import os
import sys

import requests
import zeep
from lxml import etree

URL = sys.argv[1]
MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"

session = requests.Session()
session.auth = ("EXAMPLE\\usera", os.environ["SIM_PASSWORD"])
client = zeep.Client(URL.replace("Exchange.asmx", "Services.wsdl"), transport=zeep.Transport(session=session))
# The description tells the address by which it was reached, port and all.
service = client.service
assert service._binding_options["address"] == URL, service._binding_options
client.create_service(MESSAGES + "ExchangeServiceBinding", URL)

shape = etree.Element(MESSAGES + "FolderShape")
etree.SubElement(shape, TYPES + "BaseShape").text = "Default"
ids = etree.Element(MESSAGES + "FolderIds")
etree.SubElement(ids, TYPES + "DistinguishedFolderId", Id="inbox")
answer = service.GetFolder(_value_1=[shape, ids])
found = answer.body._value_1[0].find(".//" + TYPES + "DisplayName")
assert found.text == "Inbox", etree.tostring(answer.body._value_1[0])
print(*sorted(service._binding._operations), sep="\n")
