"""The Chalice application: which blueprint answers under which prefix, and what wraps them."""

from chalice import Chalice

from chalicelib.api import (
    auth, catalogue, error_pages, guests, health, me, notifications, openapi, ops_api_keys,
    ops_audit, ops_catalogue, ops_categories, ops_exceptions, ops_orders, ops_rules, ops_stock,
    ops_stores, ops_sweeps, ops_webhooks, orders, payments, stores, webhooks,
)  # fmt: skip
from chalicelib.api.middleware import answer_in_problems
from chalicelib.web import pages
from chalicelib.workers import alerts, reconciliation, relay, sweep, verify_books
from chalicelib.workers import merchant_deliveries as merchant_worker
from chalicelib.workers import notifications as notifications_worker

app = Chalice(app_name="docket")
app.api.binary_types = ["application/wasm", "font/woff2", "image/png", "application/pdf"]
app.register_middleware(answer_in_problems, "http")

BLUEPRINTS = (
    (health.routes, "/v1"), (openapi.routes, "/v1"), (auth.routes, "/v1"), (guests.routes, "/v1"),
    (me.routes, "/v1"), (notifications.routes, "/v1"), (catalogue.routes, "/v1"),
    (stores.routes, "/v1"), (orders.routes, "/v1"), (payments.routes, "/v1"),
    (webhooks.routes, "/v1"), (ops_orders.routes, "/v1"), (ops_exceptions.routes, "/v1"),
    (ops_rules.routes, "/v1"), (ops_sweeps.routes, "/v1"), (ops_api_keys.routes, "/v1"),
    (ops_catalogue.routes, "/v1"), (ops_categories.routes, "/v1"), (ops_stores.routes, "/v1"),
    (ops_stock.routes, "/v1"), (ops_webhooks.routes, "/v1"),
    (ops_audit.routes, "/v1"), (pages.routes, None), (error_pages.routes, None),
    (relay.handlers, None),
    (notifications_worker.handlers, None), (merchant_worker.handlers, None),
    (sweep.handlers, None), (alerts.handlers, None), (verify_books.handlers, None),
    (reconciliation.handlers, None),
)  # fmt: skip
for blueprint, prefix in BLUEPRINTS:
    app.register_blueprint(blueprint, url_prefix=prefix)
