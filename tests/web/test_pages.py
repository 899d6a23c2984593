"""The pages as a browser fetches them."""

import base64
import hashlib
import json
import re

import pytest

PAGES = ["/", "/t/sto_noodles/A1", "/ops", "/status", "/docs"]


def fetch(client, path, **headers):
    return client.send("GET", path, headers={"Accept": "*/*", **headers})


def import_map_in(html):
    return re.search(r'<script type="importmap">(.*?)</script>', html, re.DOTALL).group(1)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_nothing_but_our_own_files_and_its_import_map(client, path):
    page = fetch(client, path)

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = dict(
        part.split(" ", 1) for part in page.headers["content-security-policy"].split("; ")
    )
    digest = hashlib.sha256(import_map_in(page.text).encode()).digest()
    assert policy["script-src"] == f"'self' 'sha256-{base64.b64encode(digest).decode()}'"
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert len(re.findall(r"<script", page.text)) == 2
    assert " style=" not in page.text


@pytest.mark.parametrize("path", PAGES)
def test_every_address_in_a_page_is_relative_and_leads_to_a_file(client, path):
    html = fetch(client, path).text
    imports = json.loads(import_map_in(html))["imports"]
    up = "../" * (path.count("/") - 1) or "./"
    addresses = set(re.findall(r'(?:href|src)="([^"]+)"', html)) | set(imports.values())

    assert all(address.startswith(up) for address in addresses)
    for address in addresses:
        assert fetch(client, "/" + address.removeprefix(up)).status == 200


def test_a_file_is_kept_for_a_year_only_under_its_version(client):
    html = fetch(client, "/").text
    versioned = json.loads(import_map_in(html))["imports"]["./web/api.js"].removeprefix(".")

    assert "immutable" in fetch(client, versioned).headers["cache-control"]
    assert fetch(client, "/web/api.js").headers["cache-control"] == "no-cache"
    assert fetch(client, "/web/api.js?v=other").headers["cache-control"] == "no-cache"


def test_a_page_that_did_not_change_is_not_sent_again(client):
    tag = fetch(client, "/ops").headers["etag"]
    again = fetch(client, "/ops", **{"If-None-Match": f'W/"other", {tag}'})
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize(
    "name", ["pages.py", "..", "%2e%2e", "..%2fpages.py", "%2Fetc%2Fpasswd", "shell.html", "x.js"]
)
def test_nothing_but_the_static_files_can_be_fetched(client, name):
    answer = fetch(client, f"/web/{name}")
    assert (answer.status, answer.code) == (404, "not_found")


def test_the_service_worker_keeps_every_file_of_the_release(client):
    text = fetch(client, "/sw.js").text
    settings = json.loads(text.split("\n", 1)[0].removeprefix("self.DOCKET = ").removesuffix(";"))

    assert "web/sw.js" not in str(settings["files"])
    for address in settings["files"]:
        assert "immutable" in fetch(client, f"/{address}").headers["cache-control"]


def test_the_manifest_lets_the_shop_be_installed(client):
    answer = fetch(client, "/manifest.webmanifest")
    manifest = json.loads(answer.text)

    assert answer.headers["content-type"] == "application/manifest+json"
    assert (manifest["start_url"], manifest["display"]) == ("./", "standalone")


def test_a_qr_code_is_drawn_for_any_text(client):
    for text in ("weixin://wxpay/bizpayurl?pr=x", "", "%E7%BF%A0" * 400):
        answer = fetch(client, f"/qr?text={text}")
        assert answer.status == 200
        assert answer.text.startswith("<svg")
        assert "<script" not in answer.text
