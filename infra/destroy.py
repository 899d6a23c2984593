"""`make destroy STAGE=…`: remove a stage's functions from AWS, its data only when confirmed.

Even then the tables, queues, user pool and keys stay in the account, as their stack says: what is
removed is the stack. Each of them is deleted by hand by whoever really means it.
"""

import sys
from collections.abc import Callable

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import Failed
from infra.paths import app_stack, data_stack
from infra.stacks import Stacks
from infra.stages import artefact_bucket, checked_stage


def main(arguments: list[str]) -> int:
    try:
        stage = checked_stage(arguments)
        session = boto3.Session()
        stacks = Stacks.of(session, artefact_bucket(stage, session))
        destroy(stacks, stage, ask)
    except (Failed, BotoCoreError, ClientError) as error:
        print(f"Not destroyed: {error}", file=sys.stderr)
        return 1
    return 0


def destroy(stacks: Stacks, stage: str, answer: Callable[[str], str]) -> None:
    """The app stack at once; the data stack when the answer is its own name."""
    print(f"Deleting {app_stack(stage)} …")
    stacks.delete(app_stack(stage))
    name = data_stack(stage)
    if answer(f"Type {name} to delete the data stack too, or Enter to keep it: ") != name:
        print(f"{name} is kept; make deploy STAGE={stage} takes it up again.")
        return
    stacks.delete(name)
    print(f"{name} is deleted; its tables, queues, user pool and key remain in the account.")


def ask(question: str) -> str:
    """What a person types; nobody there is no confirmation."""
    try:
        return input(question).strip()
    except EOFError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
