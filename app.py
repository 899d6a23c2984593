"""The Chalice application: which blueprint answers under which prefix, and what wraps them."""

from chalice import Chalice

from chalicelib.api import health
from chalicelib.workers import relay

app = Chalice(app_name="docket")
app.api.binary_types = ["application/wasm", "font/woff2", "image/png", "application/pdf"]

for blueprint, prefix in (
    (health.routes, "/v1"),
    (relay.handlers, None),
):
    app.register_blueprint(blueprint, url_prefix=prefix)
