"""Starts Debian's DavMail for tests and benchmarks."""
import os
import subprocess
import threading

IMAP, SMTP, CALDAV = 1143, 1025, 1080
SECONDS = 60  # Java starts in two; machines that run other tests too take longer


def start(folder, url, ca, address):
    """Speaks to the EWS at url, whose authority is ca, and listens on address: a loopback address on which no port is taken.
    Ends with whoever started it. What it says is in folder/davmail.log."""
    store = os.path.join(folder, "trust.p12")
    subprocess.run(
        ["keytool", "-importcert", "-noprompt", "-alias", "exchange", "-file", ca, "-keystore", store, "-storetype", "PKCS12", "-storepass", "changeit"],
        check=True,
        capture_output=True,
    )
    settings = os.path.join(folder, "davmail.properties")
    with open(settings, "w", encoding="ascii") as file:
        file.write(
            f"""davmail.server=true
davmail.mode=EWS
davmail.url={url}
davmail.bindAddress={address}
davmail.imapPort={IMAP}
davmail.smtpPort={SMTP}
davmail.caldavPort={CALDAV}
davmail.popPort=
davmail.ldapPort=
davmail.disableUpdateCheck=true
davmail.enableKerberos=false
davmail.enableProxy=false
davmail.logFilePath={folder}/davmail.log
log4j.rootLogger=WARN
log4j.logger.davmail=INFO
"""
        )
    # It must not outlive this script. DavMail's jar names what else it needs.
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "java", "-Djava.awt.headless=true", f"-Djavax.net.ssl.trustStore={store}",
         "-Djavax.net.ssl.trustStorePassword=changeit", "-jar", "/usr/share/davmail/davmail.jar", "-server", settings],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    ready = threading.Event()

    def follow():
        for line in process.stdout:
            if b"listening on" in line:
                ready.set()
        ready.set()

    threading.Thread(target=follow, daemon=True).start()
    if not ready.wait(SECONDS) or process.poll() is not None:
        process.kill()
        raise AssertionError("DavMail did not start")
    return process
