"""The Chalice application: which blueprint answers under which prefix, and what wraps them."""

from chalice import Chalice

from chalicelib.api.middleware import answer_in_problems
from chalicelib.api.resources import Resources

app = Chalice(app_name="docket")
app.api.binary_types = ["application/wasm", "font/woff2", "image/png", "application/pdf"]
app.register_middleware(answer_in_problems, "http")
RESOURCES = (
    ("api.health", "/v1", "/health"), ("api.inbound", "/v1", "/webhooks/carriers /webhooks/wms"),
    ("api.notifications", "/v1", "/me/notifications"), ("api.catalogue", "/v1", "/products"),
    ("api.stores", "/v1", "/stores"), ("api.ops_order_log", "/v1", "/ops/orders/{order_id}/log"),
    ("api.orders", "/v1", "/orders /quotes"), ("api.ops_digests", "/v1", "/ops/digests"),
    ("api.payments", "/v1", "/orders/{order_id}/payments"), ("api.ops_audit", "/v1", "/ops/audit"),
    ("api.guests", "/v1", "/orders/{order_id}/claim"), ("api.ops_ledger", "/v1", "/ops/ledger"),
    ("api.questions", "/v1", "/orders/{order_id}/questions /ops/orders/{order_id}/questions"),
    ("api.webhooks", "/v1", "/webhooks/payments"), ("api.openapi", "/v1", "/openapi.json"),
    ("api.invoices", "/v1", "/orders/{order_id}/invoices /me/invoices"),
    ("api.ops_einvoices", "/v1", "/ops/orders/{order_id}/invoices"), ("api.me", "/v1", "/me"),
    ("api.ops_orders", "/v1", "/ops/orders"), ("api.ops_exceptions", "/v1", "/ops/exceptions"),
    ("api.ops_rules", "/v1", "/ops/rules"), ("api.ops_sweeps", "/v1", "/ops/sweeps"),
    ("api.ops_api_keys", "/v1", "/ops/api-keys"), ("api.ops_catalogue", "/v1", "/ops/products"),
    ("api.ops_categories", "/v1", "/ops/categories"), ("api.ops_stores", "/v1", "/ops/stores"),
    ("api.ops_stock", "/v1", "/ops/stock"), ("api.ops_invoices", "/v1", "/ops/invoices"),
    ("api.ops_reconciliations", "/v1", "/ops/reconciliations /ops/statements"),
    ("api.ops_webhooks", "/v1", "/ops/stores/{store_id}/webhooks"), ("api.auth", "/v1", "/auth"),
    ("api.ops_incidents", "/v1", "/ops/incidents"), ("api.error_pages", None, "/docs/errors"),
    ("api.ops_order_imports", "/v1", "/ops/orders/import"), ("api.alert_links", "/v1", "/alerts"),
    ("api.ops_announcements", "/v1", "/ops/announcements"), ("api.ops_staff", "/v1", "/ops/staff"),
    ("api.ops_notifications", "/v1", "/ops/notifications /ops/orders/{order_id}/notifications"),
    ("api.push_subscriptions", "/v1", "/me/push-subscriptions"), ("api.status", "/v1", "/status"),
    ("web.pages", None, "/ /docs /manifest.webmanifest /ops /qr /status /sw.js /t /web"),
)  # fmt: skip
WORKERS = (
    "alerts", "invoices", "mail_feedback", "merchant_deliveries", "notifications", "order_intake",
    "reconciliation", "relay", "snapshot", "sweep", "verify_books",
)  # fmt: skip
Resources(app, RESOURCES, WORKERS).serve()
