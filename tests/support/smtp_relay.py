#!/usr/bin/env python3
"""An SMTP relay for tests, on loopback: STARTTLS or TLS from the first byte, sign-in, and the bad moods of relays.

usage: smtp_relay.py --dir DIR --address IP [--cert FILE --key FILE] [--implicit-tls] [--no-starttls] [--user NAME]

Prints its port into DIR/port once it listens. Mails that it took stand as DIR/mail-N, with the envelope's recipients on the
first line; each attempt to sign in is a line of DIR/sign-ins ("right" or "wrong"), each connection one of DIR/connections.
The password that it expects stands in DIR/password. What it shall do otherwise stands in DIR/mood and is read at each
command: "rcpt 550 5.7.1 no", "data 451 later", "greeting", "hang data", "close data"."""
import argparse
import asyncio
import os
import pathlib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Relay:
    def __init__(self, options):
        self.dir = pathlib.Path(options.dir)
        self.user = options.user
        self.count = 0

    def mood(self, at):
        try:
            words = (self.dir / "mood").read_text().strip()
        except FileNotFoundError:
            return None
        return words.split(" ", 1)[1] if words.split(" ", 1)[0] == at else None

    def note(self, name, line):
        with open(self.dir / name, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def sign_in(self, server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and data.login.decode() == self.user and \
            data.password.decode() == (self.dir / "password").read_text()
        self.note("sign-ins", "right" if right else "wrong")
        return AuthResult(success=right, handled=False)

    async def hang(self):
        await asyncio.get_running_loop().create_future()

    async def handle_EHLO(self, server, session, envelope, hostname):
        session.host_name = hostname
        self.note("connections", "tls" if session.ssl else "plain")
        if self.mood("hang") == "ehlo":
            await self.hang()
        return "250 HELP"

    async def handle_RCPT(self, server, session, envelope, address, options):
        mood = self.mood("rcpt")
        if mood:
            return mood
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        if self.mood("hang") == "data":
            await self.hang()
        mood = self.mood("data")
        if mood:
            return mood
        self.count += 1
        path = self.dir / f"mail-{self.count}"
        part = path.with_suffix(".part")
        part.write_bytes(",".join(envelope.rcpt_tos).encode() + b"\n" + envelope.content)
        part.rename(path)
        if self.mood("close") == "data":
            server.transport.abort()
            await self.hang()
        return f"250 taken as {self.count}"


async def run(options):
    relay = Relay(options)
    context = None
    if options.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.cert, options.key)
    starttls = context if not options.implicit_tls and not options.no_starttls else None

    def make():
        return SMTP(relay, tls_context=starttls, auth_require_tls=False, authenticator=relay.sign_in if options.user else None,
                    loop=asyncio.get_running_loop(), hostname="relay.example.test", timeout=120)

    server = await asyncio.get_running_loop().create_server(make, options.address, 0, ssl=context if options.implicit_tls else None)
    part = os.path.join(options.dir, "port.part")
    pathlib.Path(part).write_text(str(server.sockets[0].getsockname()[1]))
    os.rename(part, os.path.join(options.dir, "port"))
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--implicit-tls", action="store_true")
    parser.add_argument("--no-starttls", action="store_true")
    parser.add_argument("--user")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
