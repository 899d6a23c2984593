"""The settings of a test stage, in place before anything of the application is imported."""

import os

from tests import tokens

SETTINGS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "DOCKET_STAGE": "test",
    "DOCKET_PUBLIC_URL": "http://127.0.0.1:8000",
    "DOCKET_ORDERS_TABLE": "docket-test-orders",
    "DOCKET_CATALOGUE_TABLE": "docket-test-catalogue",
    "DOCKET_STOCK_TABLE": "docket-test-stock",
    "DOCKET_CUSTOMERS_TABLE": "docket-test-customers",
    "DOCKET_OPERATIONS_TABLE": "docket-test-operations",
    "DOCKET_USER_POOL_ID": "us-east-1_test",
    "DOCKET_USER_POOL_CLIENT_ID": tokens.CLIENT_ID,
    "DOCKET_TOKEN_ISSUER": tokens.ISSUER,
    "DOCKET_JWKS_URL": tokens.key_set_url(),
    "DOCKET_ORDER_EVENTS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:order-events",
    "DOCKET_MAIL_FEEDBACK_QUEUE_URL": (
        "https://sqs.us-east-1.amazonaws.com/123456789012/mail-feedback"
    ),
    "DOCKET_MAILS_PER_HOUR": "1000",
    "DOCKET_TEXTS_PER_HOUR": "1000",
    "DOCKET_PUSHES_PER_HOUR": "1000",
    "DOCKET_OPS_ALERTS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/ops-alerts",
    "DOCKET_NOTIFICATIONS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/notifications",
    "DOCKET_MERCHANT_DELIVERIES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/merchant-deliveries",
    "DOCKET_RELAY_FAILURES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/relay-failures",
    "DOCKET_INVOICES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/invoices",
    "DOCKET_INVOICES_BUCKET": "docket-test-invoices",
    "DOCKET_ORDER_INTAKE_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/order-intake",
    "DOCKET_ORDER_INTAKE_DEAD_LETTERS_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/order-intake-dlq",
    "DOCKET_STANDBY_QUEUE_URL": "https://sqs.us-west-2.amazonaws.com/123456789012/standby-intake",
    "DOCKET_STANDBY_REGION": "us-west-2",
    "DOCKET_STANDING_BUCKET": "docket-test-standing",
    "DOCKET_SWEEP_FUNCTION": "docket-test-sweep",
    "DOCKET_PUBLISH_SNAPSHOT_FUNCTION": "docket-test-publish-snapshot",
    "DOCKET_ALERT_EMAILS": "duty@example.com",
    "DOCKET_ALERT_PHONES": "+8613800138999",
    "DOCKET_APP_SECRET_ID": "docket/test/app",
    "DOCKET_PUSH_SECRET_ID": "docket/test/push",
    "DOCKET_PAYMENT_SECRETS_PREFIX": "docket/test/payments/",
    "DOCKET_ORDER_POSTS_PER_MINUTE": "300",
    "DOCKET_UNPAID_ORDERS_MAX": "100",
    "DOCKET_INBOUND_SECRETS_PREFIX": "docket/test/inbound/",
    "DOCKET_ALERT_SECRETS_PREFIX": "docket/test/alerts/",
    "DOCKET_EINVOICE_SECRETS_PREFIX": "docket/test/einvoices/",
    "DOCKET_MAIL_FROM": "Docket <docket@example.com>",
    "POWERTOOLS_METRICS_NAMESPACE": "Docket",
    "POWERTOOLS_LOG_LEVEL": "WARNING",
}


def prepare() -> None:
    os.environ.update(SETTINGS)
    os.environ.pop("AWS_ENDPOINT_URL", None)
