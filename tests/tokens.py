"""Access tokens as the user pool would sign them, with its key set served over HTTP."""

import json
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_ID = "test-pool"
ISSUER = "https://issuer.invalid/us-east-1_test"
CLIENT_ID = "testclient"


@cache
def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def key_set_url() -> str:
    """Where the pool's keys are read; the server lives as long as the test run."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_private_key().public_key()))
    document = json.dumps({"keys": [{**public, "kid": KEY_ID, "use": "sig"}]}).encode()

    class KeySet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), KeySet)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/jwks.json"


@cache
def bearer(subject: str, *groups: str) -> str:
    """The Authorization header of a person; `store:<id>` groups are the stores of staff."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "sub": subject,
        "token_use": "access",
        "client_id": CLIENT_ID,
        "iat": now,
        "exp": now + 3600,
        "cognito:groups": list(groups),
    }
    return "Bearer " + jwt.encode(claims, _private_key(), "RS256", headers={"kid": KEY_ID})
