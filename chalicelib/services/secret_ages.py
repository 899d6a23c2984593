"""How long ago the stage's secrets were changed: an old one is a failure that comes slowly."""

from datetime import datetime

from chalicelib import aws, plugins
from chalicelib.config import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.observability import count, logger


def tell(now: datetime) -> None:
    """The age of the oldest one, as a metric; what cannot be asked today is asked tomorrow."""
    try:
        ages = [age for name in _names() if (age := _age_days(name, now)) is not None]
    except Unavailable:
        logger.warning("the secrets' ages cannot be known now")
        return
    if ages:
        count("SecretAgeDays", max(ages))


def _names() -> list[str]:
    prefix = settings().payment_secrets_prefix
    return [settings().app_secret_id, *(f"{prefix}{name}" for name in plugins.names("providers"))]


def _age_days(name: str, now: datetime) -> float | None:
    """None where there is no such secret: a provider without its secret is not offered."""
    from botocore.exceptions import ClientError

    try:
        with aws.calling("A secret's age"):
            found = aws.client("secretsmanager").describe_secret(SecretId=name)
    except ClientError as error:
        if aws.error_code(error) == "ResourceNotFoundException":
            return None
        raise
    changed: datetime = found.get("LastChangedDate") or found["CreatedDate"]
    return (now - changed).total_seconds() / 86_400
