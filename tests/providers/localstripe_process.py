"""localstripe, a stand-in for Stripe that others wrote, as a process on 127.0.0.1 alone.

It runs in an environment of its own, where its own start would listen on every interface and keep
its data in a shared file.
"""

import socket
import subprocess
from pathlib import Path

import urllib3

from tests.providers.http_double import until

KEY = "sk_test_1234567890abcdef1234567890"
SECRET = "whsec_of_the_local_one"
GOOD_CARD, BAD_CARD = "4242424242424242", "4000000000000341"
ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-localstripe" / "bin" / "python"
_START = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


class LocalStripe:
    def __init__(self) -> None:
        port = _free_port()
        self.base = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [PYTHON, "-c", _START, str(port)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert until(self._is_up), self._process.stderr.read()

    def post(self, path: str, form: str = "") -> dict:
        """As the buyer's browser or the dashboard would call Stripe."""
        headers = urllib3.make_headers(basic_auth=f"{KEY}:")
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = urllib3.request("POST", self.base + path, body=form, headers=headers)
        return answer.json() if answer.data else {}

    def pay(self, reference: str, card: str) -> dict:
        """What Stripe's fields do with the card that the buyer typed into them."""
        number = f"card[number]={card}&card[exp_month]=12&card[exp_year]=2030&card[cvc]=123"
        method = self.post("/v1/payment_methods", f"type=card&{number}")["id"]
        customer = self.post("/v1/customers")["id"]
        self.post(f"/v1/payment_methods/{method}/attach", f"customer={customer}")
        chosen = f"payment_method={method}&customer={customer}"
        self.post(f"/v1/payment_intents/{reference}", chosen)
        return self.post(f"/v1/payment_intents/{reference}/confirm")

    def send_webhooks_to(self, url: str) -> None:
        self.post("/_config/webhooks/docket", f"url={url}&secret={SECRET}")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._process.stderr.close()

    def _is_up(self) -> bool:
        try:
            return urllib3.request("GET", self.base, retries=False).status == 401
        except urllib3.exceptions.HTTPError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def install() -> str | None:
    """Through `make`, which does it once; or why it cannot be had."""
    if PYTHON.exists():
        return None
    command = ["make", "-s", ".venv-localstripe/.installed"]
    made = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    return None if made.returncode == 0 else made.stderr
