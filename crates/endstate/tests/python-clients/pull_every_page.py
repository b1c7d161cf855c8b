"""Signs in to an emulator with a library of Microsoft, and pulls every page.

Usage: pull_every_page.py msal|azure-identity

Reads the variables that `endstate emulate --sign-in` prints. Prints the number of devices and of
pages.
"""

import os
import sys

import requests

AUTHORITY = os.environ["AZURE_AUTHORITY_HOST"]
TENANT = os.environ["AZURE_TENANT_ID"]
CLIENT = os.environ["AZURE_CLIENT_ID"]
SECRET = os.environ["AZURE_CLIENT_SECRET"]
ROOT = os.environ["ENDSTATE_SERVICE_ROOT"]
CA_FILE = os.environ["ENDSTATE_CA_FILE"]
SCOPE = "https://graph.microsoft.com/.default"


def token_of_msal():
    import msal

    # Without instance discovery at Microsoft: the authority is not one of Microsoft's.
    app = msal.ConfidentialClientApplication(
        CLIENT,
        authority=f"{AUTHORITY}/{TENANT}",
        client_credential=SECRET,
        verify=CA_FILE,
        instance_discovery=False,
    )
    answer = app.acquire_token_for_client([SCOPE])
    return answer.get("access_token") or sys.exit(f"no token: {answer}")


def token_of_azure_identity():
    from azure.identity import ClientSecretCredential

    credential = ClientSecretCredential(
        TENANT,
        CLIENT,
        SECRET,
        authority=AUTHORITY,
        disable_instance_discovery=True,
        connection_verify=CA_FILE,
    )
    return credential.get_token(SCOPE).token


def main():
    token = {"msal": token_of_msal, "azure-identity": token_of_azure_identity}[sys.argv[1]]()
    url = f"{ROOT}/machinesecuritystates"
    ids, pages = set(), 0
    while url:
        response = requests.get(url, headers={"Authorization": f"Bearer {token}"}, verify=CA_FILE, timeout=30)
        response.raise_for_status()
        page = response.json()
        ids.update(device["id"] for device in page["value"])
        pages += 1
        url = page.get("@odata.nextLink")
    print(len(ids), pages)


main()
