"""A stage's configuration: environment variables set by the template, read once."""

import os
from functools import lru_cache

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a function may know about where it runs.

    `from_env` is the only reader of the environment. Times are in seconds.
    """

    stage: str
    region: str
    public_url: str
    orders_table: str
    catalogue_table: str
    stock_table: str
    customers_table: str
    operations_table: str
    user_pool_id: str
    user_pool_client_id: str
    token_issuer: str
    jwks_url: str
    order_events_topic_arn: str
    ops_alerts_queue_url: str
    notifications_queue_url: str
    merchant_deliveries_queue_url: str
    relay_failures_queue_url: str
    mail_feedback_queue_url: str
    invoices_queue_url: str
    invoices_bucket: str
    order_intake_queue_url: str
    order_intake_dead_letters_url: str
    standing_bucket: str
    sweep_function: str
    publish_snapshot_function: str
    app_secret_id: str
    push_secret_id: str
    payment_secrets_prefix: str
    inbound_secrets_prefix: str
    alert_secrets_prefix: str
    einvoice_secrets_prefix: str
    mail_from: str
    mail_configuration_set: str = ""
    alert_emails: tuple[str, ...] = ()
    alert_phones: tuple[str, ...] = ()
    allowed_private_hosts: tuple[str, ...] = ()
    allowed_return_origins: tuple[str, ...] = ()
    order_posts_per_minute: int = 30
    unpaid_orders_max: int = 20
    mails_per_hour: int = 20
    alert_gather_seconds: int = 900
    texts_per_hour: int = 10
    pushes_per_hour: int = 20
    support_refund_limit_minor: int = 10_000
    secrets_max_age_seconds: int = 300
    snapshot_max_age_seconds: int = 86_400
    standby_queue_url: str = ""
    standby_region: str = ""
    demo: bool = False

    @classmethod
    def from_env(cls) -> "Settings":
        """Read `DOCKET_<FIELD>` for each field; a missing required one is an error at start."""
        raw: dict[str, object] = {}
        for field in msgspec.structs.fields(cls):
            value = os.environ.get(f"DOCKET_{field.name.upper()}")
            if value is None:
                continue
            if field.type == tuple[str, ...]:
                raw[field.name] = [part for part in value.split(",") if part]
            else:
                raw[field.name] = value
        raw.setdefault("region", os.environ.get("AWS_REGION", "us-east-1"))
        return msgspec.convert(raw, cls, strict=False)


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings.from_env()


def in_function() -> bool:
    """Whether AWS Lambda runs us: it sets this for every function."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ
