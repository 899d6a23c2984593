"""What no webhook told is found in the payment company's own list, and its books are matched."""

import json
from datetime import UTC, datetime

from infra.local import invoke


def reconciled(stack, monkeypatch, capsys):
    monkeypatch.setenv("DATA_DIR", str(stack.data_dir))
    code = invoke.main(["reconcile_payments", "events/schedule_reconcile_payments.json"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return json.loads(printed.out)


def test_a_payment_that_no_webhook_told_is_found_before_any_sweep_asks(
    stack, ada, lines, monkeypatch, capsys
):
    order = ada.place(line_items=lines(index=9)).json
    ada.pay(order, "webhook_lost")
    assert ada.order(order)["payment_status"] == "pending"

    done = reconciled(stack, monkeypatch, capsys)

    (of_sandbox,) = [one for one in done["passes"] if one["provider"] == "sandbox"]
    assert of_sandbox["applied"] >= 1
    found = ada.order(order)
    assert (found["status"], found["payment_status"]) == ("confirmed", "paid")


def test_a_manager_matches_a_day_and_reads_the_report(ada, manager, lines):
    order = ada.place(line_items=lines(index=9)).json
    ada.pay(order, "succeeded")
    ada.wait_for(order, "confirmed")

    wish = {"provider": "sandbox", "day": datetime.now(UTC).date().isoformat()}
    made = manager.send("POST", "/v1/ops/reconciliations", wish)

    assert made.status == 201, made.json
    assert made.json["matched"] >= 1
    assert order["order_id"] not in {one["order_id"] for one in made.json["differences"]}
    listed = manager.get("/v1/ops/reconciliations?provider=sandbox")
    assert made.json["reconciliation_id"] in {one["reconciliation_id"] for one in listed["items"]}
