#!/usr/bin/env python3
"""Holds a running service to its own OpenAPI document: a walk through every operation, then a fuzzer driven by the document.

usage: openapi_check.py --url URL --ca FILE --user NAME --password-fd N --exchange URL [--requests N] [--seed N]

Every answer must have a status that the document lists for the operation, the media type and shape that it says, and an
X-Request-Id; none may be a 500. The walk must have seen each operation succeed. Prints what broke; exit code 1 if anything
did."""
import argparse
import http.client
import json
import os
import random
import re
import ssl
import sys
import time
import urllib.parse
import uuid

import jsonschema

# What ends the walk's own session or takes away its user.
NOT_FUZZED = {"signOut", "signIn", "changeOwnPassword", "confirmSession", "beginTotp", "dropTotp", "endOtherSessions"}
HOSTILE = ["", " ", "\u0000", "a" * 70000, "'; DROP TABLE server_connection; --", "<script>alert(1)</script>", "../../etc/passwd",
           "\U0001F600" * 50, "%s%n%x", "https://[::1", "http://169.254.169.254/", "\r\nSet-Cookie: x=y", "\u202e\u200f", "null",
           "0", "-1", "9" * 400, "${jndi:ldap://x}", "\u2018\u2019", "x\u0301" * 100]


# What succeeds with a real Active Directory alone.
NOT_WALKED = {"rotateAccount", "getRotation", "endRotation", "getOldPassword", "takeSignInEvents", "approveRenewal", "retryRenewal"}


class Service:
    def __init__(self, options):
        self.host = urllib.parse.urlsplit(options.url).netloc
        self.context = ssl.create_default_context(cafile=options.ca)
        self.connection = None
        self.cookie = self.csrf = ""
        self.requests = 0

    def send(self, method, path, body=None, content_type="application/json", headers=None):
        """Returns status, headers and bytes. A body that is no text is sent as JSON."""
        sent = {"X-Request-Id": str(uuid.uuid4()), **(headers or {})}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf:
            sent["X-CSRF-Token"] = self.csrf
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            if content_type:
                sent["Content-Type"] = content_type
        self.requests += 1
        for last in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPSConnection(self.host, context=self.context, timeout=60)
            try:
                self.connection.request(method, "/api/v1" + path, body=data, headers=sent)
                answer = self.connection.getresponse()
                if answer.getheader("Content-Type", "").startswith("text/event-stream"):
                    event = self.first_event(answer)
                    self.connection.close()
                    self.connection = None
                    return answer.status, answer.headers, event
                return answer.status, answer.headers, answer.read()
            except (http.client.HTTPException, ConnectionError, BrokenPipeError):
                self.connection.close()
                self.connection = None
                if last:
                    raise

    @staticmethod
    def first_event(answer):
        data = b""
        while True:
            line = answer.fp.readline() if not answer.chunked else answer.readline()
            if line.startswith(b"data:"):
                data += line[5:].strip()
            if line in (b"\n", b"\r\n", b"") and (data or not line):
                return data


class Document:
    def __init__(self, document):
        self.document = document
        self.operations = {one["operationId"]: (path, method.upper(), one)
                           for path, methods in document["paths"].items() for method, one in methods.items()}

    def resolved(self, node):
        while "$ref" in node:
            at = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                at = at[part]
            node = at
        return node

    def validator(self, schema):
        return jsonschema.Draft202012Validator({**schema, "components": self.document["components"]})


class Check:
    def __init__(self, service, document):
        self.service, self.document = service, document
        self.broken, self.succeeded, self.seen = [], set(), {}

    def complain(self, what, words):
        self.broken.append(f"{what}: {words}")

    def call(self, operation, ids=(), query="", body=None, **sending):
        path, method, one = self.document.operations[operation]
        ids = iter(ids)
        real = re.sub(r"\{[^}]*\}", lambda _: urllib.parse.quote(next(ids), safe=""), path) + query
        status, headers, data = self.service.send(method, real, body, **sending)
        self.judge(operation, one, status, headers, data)
        kind = headers.get("Content-Type", "").split(";")[0]
        return status, json.loads(data) if kind.endswith("json") or kind == "text/event-stream" else None

    def judge(self, operation, one, status, headers, data):
        what = f"{operation} answered {status}"
        self.seen[(operation, status)] = self.seen.get((operation, status), 0) + 1
        if not headers.get("X-Request-Id"):
            self.complain(what, "without X-Request-Id")
        described = one["responses"].get(str(status))
        if described is None:
            return self.complain(what, "which the document does not list: " + data[:300].decode(errors="replace"))
        described = self.document.resolved(described)
        kind = headers.get("Content-Type", "").split(";")[0]
        if 200 <= status < 300:
            self.succeeded.add(operation)
        if "content" not in described:
            return self.complain(what, f"with {len(data)} bytes where none are described") if data else None
        if kind not in described["content"]:
            return self.complain(what, f"as {kind or 'nothing'}")
        media = described["content"][kind]
        if kind == "text/event-stream":
            media = {"schema": media["x-event"] | {}}
        if kind == "text/html":
            return None
        for error in self.document.validator(media["schema"]).iter_errors(json.loads(data)):
            self.complain(what, f"{'/'.join(map(str, error.absolute_path)) or 'the body'}: {error.message[:300]}")

    def sign_in(self, user, password):
        status, session = self.call("signIn", body={"name": user, "password": password})
        assert status == 201, session
        self.service.csrf = session["csrf_token"]


def walk_rotation(call):
    """A reset account is named and taken away. Rotating wants a directory that answers: tests/cli/rotation_test.cpp does it."""
    _, directory = call("createDirectory", body={"name": "Rotating", "controllers": ["127.0.0.1"], "realm": "EXAMPLE.TEST"})
    _, account = call("createAccount", body={"name": "rotated@example.test", "directory": directory["id"]})
    one = [account["id"]]
    _, where = call("showResetDestination", one, body={"name": "resetter@example.test"})
    _, account = call("setResetAccount", one, body={"version": account["version"], "name": "resetter@example.test",
                                                    "password": "Walk-Passw0rd!", "destination": where["destination"]})
    _, plan = call("getSchedule", one)
    call("setSchedule", one, body={"version": plan["version"], "mode": "delegated_reset", "every_days": 30, "window": "daily 22:00-04:00"})
    call("listSchedule")
    call("getSource", one)
    call("setSource", one, body={"url": "https://127.0.0.1/password", "token": "walk-token", "check": False})
    call("clearSource", one)
    _, account = call("clearResetAccount", one, f"?version={account['version']}")
    call("rotateAccount", one, body={})
    call("getRotation", one)
    call("listRotations")


def walk_notices(call):
    """A channel, a subscription, and a test, whose notice is then listed."""
    for name in ("listNoticeKinds", "listNoticeChannels", "listNoticeSubscriptions"):
        call(name)
    form = {"name": "Walk", "host": "127.0.0.1", "port": 9, "security": "none", "from": "mailward@example.test", "user": "mailward"}
    _, channel = call("createNoticeChannel", body={**form, "password": "Walk-Passw0rd!"})
    one = [channel["id"]]
    call("getNoticeChannel", one)
    _, channel = call("changeNoticeChannel", one, body={**form, "name": "Walked", "version": channel["version"]})
    _, wish = call("putNoticeSubscription", body={"channel": channel["id"], "address": "alice@example.test", "kinds": ["test"]})
    # Who may change channels vouches: there is nothing left to send or to confirm.
    call("sendSubscriptionCode", [wish["id"]])
    call("confirmNoticeSubscription", [wish["id"]], body={"code": "00000000"})
    _, tested = call("testNoticeChannel", one, body={"to": "alice@example.test"})
    call("getNotice", [tested["notice"]])
    call("listNotices", query="?limit=1")
    call("deleteNoticeSubscription", [wish["id"]])
    call("deleteNoticeChannel", one, f"?version={channel['version']}")


def walk_measures(call, connection):
    """A line that is to be done is accepted, and not."""
    _, run = call("refreshMeasures")
    wait_until_ended(call, run["id"])
    _, all_of = call("listMeasures", query="?outcome=to_do")
    call("listConnectionMeasures", connection)
    call("exportMeasures", query="?format=json")
    line = next(one for one in all_of["measures"] if one["subject_kind"] == "account")
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400))
    call("acceptMeasure", [line["id"]], body={"subject": line["subject"], "reason": "until the walk is over", "until": tomorrow})
    call("withdrawAcceptance", [line["id"]], "?subject=" + urllib.parse.quote(line["subject"]))


def walk(check, exchange):
    """Each operation once, as it is meant."""
    call = check.call
    for name in ("getStatus", "listConnections", "listAccounts", "listDirectories", "listRuns", "getKeys", "getSession", "listSessions",
                 "listUsers", "listRoles", "listTokens", "getDocument", "listAudit"):
        call(name)
    renewals(call)
    _, directory = call("createDirectory", body={"name": "Walk", "controllers": ["127.0.0.1"], "realm": "EXAMPLE.TEST"})
    call("getDirectory", [directory["id"]])
    _, directory = call("changeDirectory", [directory["id"]], body={"version": directory["version"], "name": "Walked", "controllers": ["127.0.0.1"], "realm": "EXAMPLE.TEST"})
    call("deleteDirectory", [directory["id"]], f"?version={directory['version']}")
    form = {"description": "Walk", "ews_url": exchange, "master_mailbox": "walk@example.test", "mailbox_check": "usera@example.test",
            "authentication": ["ntlm"], "heartbeat_seconds": 0}
    _, where = call("showDestination", body={k: v for k, v in form.items() if k != "description"})
    _, made = call("createConnection", body={**form, "password": "Walk-Passw0rd!", "destination": where["destination"]})
    one = [made["id"]]
    call("getConnection", one)
    _, made = call("changeConnection", one, body={**form, "version": made["version"], "concurrency": 7})
    _, made = call("disableConnection", one, body={"version": made["version"]})
    _, made = call("enableConnection", one, body={"version": made["version"]})
    _, run = call("testConnection", one, body={})
    call("followRun", [run["id"]])
    call("getRun", [run["id"]])
    call("cancelRun", [run["id"]])
    wait_until_ended(call, run["id"])
    call("findEws", body={"autodiscover": "usera@nowhere.invalid"})
    _, run = call("testForm", body={**form, "password": "Walk-Passw0rd!", "deep": True})
    wait_until_ended(call, run["id"])
    call("followEverything")
    call("listHeartbeats", one)
    call("verifyAudit")
    call("prepareConnection", one)
    call("prepareForm", body={"master_mailbox": "walk@example.test"})
    _, account = call("createAccount", body={"name": "walk2@example.test"})
    call("getAccount", [account["id"]])
    _, account = call("changeAccount", [account["id"]], body={"version": account["version"], "name": "walk3@example.test"})
    _, account = call("disableAccount", [account["id"]], body={"version": account["version"]})
    _, account = call("enableAccount", [account["id"]], body={"version": account["version"]})
    status, _ = call("rebindAccount", [account["id"]], body={"version": account["version"], "destination": where["destination"]})
    if status != 403:
        check.complain("rebindAccount", f"answered {status} from elsewhere than the server")
    status, _ = call("takeRecoveryKey", body={})
    if status != 403:
        check.complain("takeRecoveryKey", f"answered {status} from elsewhere than the server")
    call("deleteAccount", [account["id"]], f"?version={account['version']}")
    walk_rotation(call)
    walk_notices(call)
    walk_measures(call, one)
    _, made = call("getConnection", one)
    _, used = call("getAccount", [made["account"]])
    _, used = call("setTwin", [made["account"]], body={"version": used["version"], "name": "walks-twin@example.test", "password": "Walk-Passw0rd!",
                                                       "connections": [made["id"]], "destinations": [used["connections"][0]["destination"]]})
    _, used = call("clearTwin", [made["account"]], f"?version={used['version']}")
    call("setAccountPassword", [made["account"]], body={"version": used["version"], "password": "Walk-Passw0rd!2", "connections": [made["id"]],
                                                       "destinations": [used["connections"][0]["destination"]]})
    _, made = call("getConnection", one)
    call("deleteConnection", one, f"?version={made['version']}")
    _, invited = call("createUser", body={"name": "walker", "roles": ["auditor"], "display_name": "Walker"})
    token = invited["invitation"]["url"].split("#")[1]
    call("openInvitation", body={"token": token})
    call("acceptInvitation", body={"token": token, "password": "nine otters in a row"})
    who = [invited["user"]["id"]]
    _, user = call("getUser", who)
    _, user = call("changeUser", who, body={"version": user["version"], "roles": ["operator"], "display_name": "Walker"})
    call("resetUser", who)
    call("resetUserTotp", who)
    _, user = call("getUser", who)
    call("deleteUser", who, f"?version={user['version']}")
    call("changeRole", ["analyst"], body={"totp_required": False})
    _, token = call("createToken", body={"description": "walk", "rights": ["see_status"], "expires_in_days": 1})
    call("revokeToken", [token["token"]["id"]])
    call("changeProfile", body={"display_name": "Somebody"})


def wait_until_ended(call, run):
    while True:
        _, now = call("getRun", [run])
        if now["state"] not in ("queued", "running"):
            return


def profile(check, user, password):
    """What one does to one's own, in a session of its own at the end."""
    import base64, hashlib, hmac, struct, time
    call = check.call
    call("confirmSession", body={"password": password})
    _, totp = call("beginTotp", body={"password": password})

    def code(step):
        digest = hmac.new(base64.b32decode(totp["secret"]), struct.pack(">Q", step), hashlib.sha1).digest()
        at = digest[-1] & 15
        return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7fffffff) % 1000000:06d}"

    step = int(time.time()) // 30
    call("proveTotp", body={"code": code(step)})
    status, dropped = call("dropTotp", body={"password": password, "code": code(step + 1)})
    assert status == 204, dropped
    call("changeOwnPassword", body={"current_password": password, "new_password": password + " and more"})
    _, sessions = call("listSessions")
    call("endOtherSessions")
    call("signOut")
    check.service.cookie = check.service.csrf = ""
    check.sign_in(user, password + " and more")
    _, sessions = call("listSessions")
    call("endSession", [next(one["id"] for one in sessions["sessions"] if one["current"])])


def renewals(call):
    """Of the master key alone: whatever else is renewed would end the walk's own session."""
    call("listSecrets", query="?due=true")
    call("changeSecretsPolicy", body={"approval": False, "greatest_ages": ["service_account=60"]})
    call("createRenewal", body={"dry_run": True})
    _, plan = call("createRenewal", body={"only": ["master_key"]})
    call("createRenewal", body={"only": ["master_key"]})
    call("listRenewals")
    call("closeRenewal", [plan["id"]])
    _, plan = call("createRenewal", body={"only": ["master_key"]})
    call("startRenewal", [plan["id"]])
    call("getRenewal", [plan["id"]])
    call("reportRenewal", [plan["id"]], query="?format=json")
    call("reportRenewal", [plan["id"]], query="?format=html")


class Fuzzer:
    def __init__(self, check, seed):
        self.check, self.random = check, random.Random(seed)

    def value(self, schema, depth=0):
        schema = self.check.document.resolved(schema)
        dice = self.random.random()
        if dice < 0.25 or depth > 4:
            return self.random.choice([None, True, -1, 2**63, 1e308, [], {}, [[[[[]]]]], self.random.choice(HOSTILE)])
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type", "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            made = {name: self.value(inner, depth + 1) for name, inner in schema.get("properties", {}).items()
                    if name in schema.get("required", []) and dice < 0.95 or self.random.random() < 0.4}
            if self.random.random() < 0.1:
                made[self.random.choice(HOSTILE)[:200]] = 1
            return made
        if kind == "array":
            return [self.value(schema["items"], depth + 1) for _ in range(self.random.randrange(4))]
        if kind == "integer":
            return self.random.choice([0, 1, 2, schema.get("maximum", 7), 10**18, -5])
        if kind == "boolean":
            return self.random.random() < 0.5
        return self.random.choice(["usera@example.test", "https://mail.example.test/EWS/Exchange.asmx", "EXAMPLE\\svc", "x", *HOSTILE])

    def body(self, one):
        """A body, and how it is sent."""
        dice = self.random.random()
        if dice < 0.04:
            return b"{" * self.random.choice([1, 20, 5000]), {}
        if dice < 0.07:
            return bytes(self.random.randrange(256) for _ in range(self.random.randrange(200))), {}
        if dice < 0.09:
            return b'{"description":"' + b"a" * 1_100_000 + b'"}', {}
        if dice < 0.12:
            return {}, {"content_type": self.random.choice(["text/plain", "", "application/xml", "multipart/form-data"])}
        if dice < 0.15:
            return self.random.choice([b"", b"null", b"[]", b"1", b'"x"', b'{"a":1,"a":2}', b'{"description":"\\ud800"}', b"\xef\xbb\xbf{}"]), {}
        if "requestBody" not in one:
            return (None if dice < 0.9 else {}), {}
        schema = one["requestBody"]["content"]["application/json"]["schema"]
        made = self.value(schema)
        return made, {}

    def once(self):
        operations = [name for name in self.check.document.operations if name not in NOT_FUZZED]
        operation = self.random.choice(operations)
        path, _, one = self.check.document.operations[operation]
        # No role that the walk itself has: demanding codes of it would shut the walk out.
        ids = [self.random.choice(["0000000000001", "x", "analyst", *[h for h in HOSTILE if h and "\0" not in h and len(h) < 500]])
               for _ in re.findall(r"\{", path)]
        query = ""
        if self.random.random() < 0.3:
            names = [p["name"] for p in one.get("parameters", []) if p["in"] == "query"] + ["nothing"]
            query = "?" + urllib.parse.urlencode({self.random.choice(names): self.random.choice(["1", "0", "-1", "x", "9" * 30, "", "true"])})
        body, sending = self.body(one)
        self.check.call(operation, ids, query, body, **sending)


def main():
    parser = argparse.ArgumentParser()
    for name in ("url", "ca", "user", "exchange"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--password-fd", type=int, required=True)
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with os.fdopen(options.password_fd) as file:
        password = file.readline().rstrip("\n")
    service = Service(options)
    _, _, text = service.send("GET", "/openapi.json")
    check = Check(service, Document(json.loads(text)))

    def keep_cookie(send):
        def sending(*arguments, **named):
            status, headers, data = send(*arguments, **named)
            if headers.get("Set-Cookie"):
                service.cookie = headers["Set-Cookie"].split(";")[0]
            return status, headers, data
        return sending
    service.send = keep_cookie(service.send)

    check.sign_in(options.user, password)
    walk(check, options.exchange)
    fuzzer = Fuzzer(check, options.seed)
    for _ in range(options.requests):
        fuzzer.once()
    check.sign_in(options.user, password)
    profile(check, options.user, password)
    elsewhere = {name for name, (_, _, one) in check.document.operations.items() if one["x-needs"] != "on_server"} - NOT_WALKED
    for missed in sorted(elsewhere - check.succeeded):
        check.complain(missed, "was never seen to succeed")
    for line in sorted(set(check.broken))[:60]:
        print(line)
    statuses = {}
    for (_, status), count in check.seen.items():
        statuses[status] = statuses.get(status, 0) + count
    print(f"{service.requests} requests over {len(check.succeeded)} operations, seed {options.seed}: "
          + ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items())) + f"; {len(check.broken)} departures")
    return 1 if check.broken else 0


if __name__ == "__main__":
    sys.exit(main())
