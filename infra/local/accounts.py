"""The people of the local stage: a customer or two, and one of each kind of staff."""

from typing import Any

from infra.paths import INFRA

SIGN_IN_WITH = "Demo-pass-1"
STORES = tuple(sorted(path.stem for path in (INFRA / "local" / "seed_data").glob("*.json")))
CUSTOMERS = ("customer1@example.com", "customer2@example.com")
STAFF = ("clerk", "kitchen", "support", "manager", "admin")


def demo_accounts() -> dict[str, list[str]]:
    """Each address with its groups."""
    scopes = [f"store:{store_id}" for store_id in STORES]
    customers = {address: ["customer"] for address in CUSTOMERS}
    return customers | {f"{role}@example.com": [role, *scopes] for role in STAFF}


def create_accounts(cognito: Any, pool_id: str) -> None:
    """Make whoever is missing; accounts that are there keep their passwords."""
    for store_id in STORES:
        _create_group(cognito, pool_id, f"store:{store_id}")
    for address, groups in demo_accounts().items():
        try:
            cognito.admin_get_user(UserPoolId=pool_id, Username=address)
        except cognito.exceptions.UserNotFoundException:
            _create_person(cognito, pool_id, address)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=address, GroupName=group)


def _create_person(cognito: Any, pool_id: str, address: str) -> None:
    attributes = {
        "email": address,
        "email_verified": "true",
        "name": address.split("@", maxsplit=1)[0].capitalize(),
    }
    cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=address,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )
    cognito.admin_set_user_password(
        UserPoolId=pool_id, Username=address, Password=SIGN_IN_WITH, Permanent=True
    )


def _create_group(cognito: Any, pool_id: str, name: str) -> None:
    try:
        cognito.create_group(UserPoolId=pool_id, GroupName=name)
    except cognito.exceptions.GroupExistsException:
        return
