"""The Chalice application: which blueprint answers under which prefix, and what wraps them."""

from chalice import Chalice

from chalicelib.api import (
    auth, catalogue, guests, health, me, notifications, openapi, ops_api_keys, ops_audit,
    ops_orders, orders, payments, stores, webhooks,
)  # fmt: skip
from chalicelib.api.middleware import answer_in_problems
from chalicelib.web import pages
from chalicelib.workers import notifications as notifications_worker
from chalicelib.workers import relay

app = Chalice(app_name="docket")
app.api.binary_types = ["application/wasm", "font/woff2", "image/png", "application/pdf"]
app.register_middleware(answer_in_problems, "http")

for blueprint, prefix in (
    (health.routes, "/v1"),
    (openapi.routes, "/v1"),
    (orders.routes, "/v1"),
    (payments.routes, "/v1"),
    (catalogue.routes, "/v1"),
    (stores.routes, "/v1"),
    (webhooks.routes, "/v1"),
    (ops_orders.routes, "/v1"),
    (pages.routes, None),
    (auth.routes, "/v1"),
    (guests.routes, "/v1"),
    (me.routes, "/v1"),
    (notifications.routes, "/v1"),
    (ops_api_keys.routes, "/v1"),
    (ops_audit.routes, "/v1"),
    (relay.handlers, None),
    (notifications_worker.handlers, None),
):
    app.register_blueprint(blueprint, url_prefix=prefix)
