"""Starts an object store on this machine, creates a bucket in it, and ends with its input.

    stores.py s3                 moto
    stores.py azure AZURITE      Azurite, whose program is AZURITE
    stores.py azure AZURITE CERTIFICATE KEY
                                 the same over https, for sign-ins of Microsoft Entra ID: without its key
    stores.py google             what cloud_storage.py has of Google's storage

Prints the variables with which a program reaches the store, a line each, and then an empty line.
"""

import base64
import email.utils
import hashlib
import hmac
import json
import re
import ssl
import subprocess
import sys
import threading
import urllib.request

# The well-known account of Azurite.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
BUCKET = "security"


def put(url, headers):
    request = urllib.request.Request(url, method="PUT", headers=headers, data=b"")
    # A certificate of the test is trusted by nobody.
    context = ssl._create_unverified_context() if url.startswith("https:") else None
    urllib.request.urlopen(request, timeout=30, context=context).read()


def s3():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    put(f"{endpoint}/{BUCKET}", {})
    yield {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    server.stop()


def azure(program, *certificate):
    command = [program, "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"]
    command += ["--skipApiVersionCheck", "--disableTelemetry"]
    if certificate:
        command += ["--oauth", "basic", "--cert", certificate[0], "--key", certificate[1]]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in server.stdout:
        if found := re.search(r"successfully listen\w* (?:at|on) (https?://\S+)", line):
            break
    endpoint = f"{found.group(1)}/{ACCOUNT}"
    # It writes a line for each request, and would wait if none was read.
    threading.Thread(target=lambda: [None for _ in server.stdout], daemon=True).start()

    # Authorize requests to Azure Storage with Shared Key (learn.microsoft.com).
    headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
    lines = ["PUT", *[""] * 11, *(f"{name}:{value}" for name, value in sorted(headers.items()))]
    lines += [f"/{ACCOUNT}/{ACCOUNT}/{BUCKET}", "restype:container"]
    digest = hmac.new(base64.b64decode(KEY), "\n".join(lines).encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    headers["Content-Type"] = ""
    put(f"{endpoint}/{BUCKET}?restype=container", headers)
    sign_in = {"AZURE_ALLOW_INVALID_CERTIFICATES": "true"} if certificate else {"AZURE_STORAGE_ACCOUNT_KEY": KEY}
    yield {"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ENDPOINT": endpoint, **sign_in}
    server.terminate()
    server.wait()


def google():
    import cloud_storage

    server = cloud_storage.start()
    # The form of an emulator's key: it signs in nowhere.
    key = {"private_key": "test", "private_key_id": "test", "client_email": "test", "disable_oauth": True}
    yield {
        "GOOGLE_BASE_URL": f"http://127.0.0.1:{server.server_port}",
        "GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(key),
    }
    server.shutdown()


store = {"s3": s3, "azure": azure, "google": google}[sys.argv[1]](*sys.argv[2:])
for name, value in next(store).items():
    print(f"{name}={value}")
print(flush=True)
sys.stdin.read()
next(store, None)
