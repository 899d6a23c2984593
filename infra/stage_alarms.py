"""The alarms over a stage as a whole: callers, orders, money, the bad day, the sweep, the books."""

from infra.alarms import NO_VALUE, OWN, Template, alarm, heartbeat, named, own, unusual
from infra.ground_alarms import ground_alarms

API = [
    {"Name": "ApiName", "Value": {"Fn::Sub": "docket-${Stage}"}},
    {"Name": "Stage", "Value": "api"},
]
HEARTBEAT_PERIODS = 5
LATENCY_MS_MAX = 3_000
UNACKNOWLEDGED_SECONDS_MAX = 60
WEBHOOK_LAG_SECONDS_MAX = 300
SECRET_AGE_DAYS_MAX = 90
BOUNCES_AN_HOUR_MAX = 10


def stage_alarms() -> dict[str, Template]:
    return (
        _for_callers()
        | _for_traffic()
        | _for_orders()
        | _for_events()
        | _for_stock()
        | _for_mail()
        | _for_money()
        | _for_the_bad_day()
        | _for_the_sweep()
        | _for_the_books()
        | ground_alarms()
    )


def _for_callers() -> dict[str, Template]:
    """What callers notice: errors and waiting."""
    api = {"Namespace": "AWS/ApiGateway", "Dimensions": API}
    return {
        "ApiServerErrorsAlarm": alarm(
            "api-server-errors",
            "Callers get server errors.",
            runbook="api-server-errors",
            **api,
            MetricName="5XXError",
        ),
        "ApiLatencyAlarm": alarm(
            "api-latency",
            "One caller in a hundred waits longer than three seconds.",
            runbook="api-latency",
            **api,
            MetricName="Latency",
            Statistic=NO_VALUE,
            ExtendedStatistic="p99",
            Threshold=LATENCY_MS_MAX,
            EvaluationPeriods=5,
            DatapointsToAlarm=3,
        ),
    }


def _for_traffic() -> dict[str, Template]:
    """Much more is refused than usual, or much less is ordered."""
    api = {"Namespace": "AWS/ApiGateway", "Dimensions": API}
    return {
        "ApiRefusalsAlarm": unusual(
            "api-refusals",
            "Callers are refused far more often than usual: an attack, or a client's mistake.",
            comparison="GreaterThanUpperThreshold",
            **api,
            MetricName="4XXError",
        ),
        "FewOrdersAlarm": unusual(
            "few-orders",
            "Far fewer orders are placed than usual at this hour: all is green, nothing is sold.",
            comparison="LessThanLowerThreshold",
            # In five minutes no shop has orders enough for none to be unusual; in half an hour ten
            # will do: three deviations below that are still more than nothing.
            period_seconds=1800,
            periods=2,
            Namespace="Docket",
            Dimensions=OWN,
            MetricName="OrdersPlaced",
        ),
    }


def _for_orders() -> dict[str, Template]:
    """What orders meet on their way: nobody accepts them, or worse."""
    return {
        "OrdersUnacknowledgedAlarm": own(
            "orders-unacknowledged",
            "An order is a minute over its time for being accepted: Docket's own symptom.",
            MetricName="UnacknowledgedOrderSeconds",
            Statistic="Maximum",
            Threshold=UNACKNOWLEDGED_SECONDS_MAX,
        ),
        "CriticalCasesAlarm": own(
            "critical-cases",
            "A critical exception case was opened.",
            MetricName="CriticalCasesOpened",
        ),
    }


def _for_events() -> dict[str, Template]:
    """Nobody hears of an order."""
    topic = {"Namespace": "AWS/SNS", "Dimensions": named("TopicName", "order-events")}
    return {
        "EventsNotPublishedAlarm": alarm(
            "events-not-published",
            "The topic of order events could not deliver to a queue.",
            runbook="events-not-published",
            **topic,
            MetricName="NumberOfNotificationsFailed",
        ),
        "EventsDroppedAlarm": alarm(
            "events-dropped",
            "An order event reached neither its queue nor the queue of last resort.",
            runbook="events-not-published",
            **topic,
            MetricName="NumberOfNotificationsFailedToRedriveToDlq",
        ),
    }


def _for_stock() -> dict[str, Template]:
    """A product is hot, or much is refused."""
    stock = {"Namespace": "AWS/DynamoDB", "Dimensions": named("TableName", "stock")}
    return {
        "StockConflictsAlarm": alarm(
            "stock-conflicts",
            "More than fifty transactions a minute conflict on stock: a product is hot.",
            runbook="stock-conflicts",
            **stock,
            MetricName="TransactionConflict",
            Threshold=50,
        ),
        "StockRefusalsAlarm": unusual(
            "stock-refusals",
            "Orders are refused for want of stock far more often than usual.",
            comparison="GreaterThanUpperThreshold",
            Namespace="Docket",
            Dimensions=OWN,
            MetricName="OutOfStock",
        ),
    }


def _for_mail() -> dict[str, Template]:
    """A sender whose mails bounce is soon one whose mails nobody takes."""
    return {
        "MailBouncesAlarm": own(
            "mail-bounces",
            "More than ten mails bounced within an hour.",
            MetricName="MailsBounced",
            Period=3_600,
            Threshold=BOUNCES_AN_HOUR_MAX,
        ),
    }


def _for_money() -> dict[str, Template]:
    """What payment companies tell us: forged, late, or of another opinion."""
    return {
        "WebhookSignaturesAlarm": own(
            "webhook-signatures",
            "More than five webhooks a minute carry a wrong signature: forgery, or a new secret.",
            MetricName="WebhookSignatureFailures",
            Threshold=5,
        ),
        "WebhookLagAlarm": own(
            "webhook-lag",
            "Webhooks come five minutes after what they tell of.",
            MetricName="WebhookLagSeconds",
            Statistic=NO_VALUE,
            ExtendedStatistic="p95",
            Threshold=WEBHOOK_LAG_SECONDS_MAX,
            EvaluationPeriods=3,
        ),
        "PaymentsMismatchedAlarm": own(
            "payments-mismatched",
            "A customer was charged another amount than was due.",
            runbook="payment-differences",
            MetricName="PaymentsMismatched",
        ),
        "ReconciliationDifferencesAlarm": own(
            "reconciliation-differences",
            "A payment company's books and ours differ.",
            runbook="payment-differences",
            MetricName="ReconciliationDifferences",
        ),
        "ReconciliationMissedAlarm": heartbeat(
            "reconciliation-missed",
            "Nobody has asked the payment providers for twenty minutes.",
            MetricName="ReconciliationRan",
            Period=300,
            EvaluationPeriods=4,
        ),
    }


def _for_the_bad_day() -> dict[str, Template]:
    """Buffered mode in use must be loud, and it must work before it is needed."""
    return {
        "BreakerOpenAlarm": own(
            "breaker-open",
            "The database does not answer, and orders are taken without it.",
            MetricName="DatabaseSilent",
        ),
        "OrdersBufferedAlarm": own(
            "orders-buffered",
            "Orders that were taken have waited to be placed for five minutes on end.",
            MetricName="BufferedOrdersWaiting",
            Statistic="Minimum",
            EvaluationPeriods=5,
        ),
        "OrdersRefusedAlarm": own(
            "orders-refused",
            "No durable place was left: customers are sent away.",
            MetricName="OrdersNotBuffered",
        ),
        "BufferCareMissedAlarm": heartbeat(
            "buffer-care-missed",
            "Nobody has looked after buffered orders for five minutes.",
            MetricName="BufferCareHeartbeat",
            EvaluationPeriods=HEARTBEAT_PERIODS,
        ),
        "SnapshotStaleAlarm": heartbeat(
            "snapshot-stale",
            "What orders are priced by without the database was not renewed for half an hour.",
            MetricName="SnapshotPublished",
            Period=300,
            EvaluationPeriods=6,
        ),
    }


def _for_the_sweep() -> dict[str, Template]:
    """The sweep must run, get through, and not repair without end."""
    return {
        "SweepFailuresAlarm": own(
            "sweep-failures",
            "The sweep could not look at something three times within five minutes.",
            MetricName="SweepFailed",
            EvaluationPeriods=5,
            DatapointsToAlarm=3,
        ),
        "MassRepairAlarm": own(
            "mass-repair",
            "A sweep stopped repairing at its limit: so much trouble at once is an incident.",
            MetricName="RepairsHeldBack",
        ),
        "SweepMissedAlarm": heartbeat(
            "sweep-missed",
            "The sweep has not run by its schedule for five minutes.",
            MetricName="SweepHeartbeat",
            EvaluationPeriods=HEARTBEAT_PERIODS,
        ),
    }


def _for_the_books() -> dict[str, Template]:
    """The books must be looked at, and balance."""
    return {
        "BooksUnverifiedAlarm": heartbeat(
            "books-unverified",
            "The books have not been verified for more than a day.",
            MetricName="BooksVerified",
            Period=46_800,
            EvaluationPeriods=2,
        ),
        "InvariantViolationsAlarm": own(
            "invariant-violations",
            "The nightly check found books that do not balance.",
            MetricName="InvariantViolations",
        ),
        "SecretAgeAlarm": own(
            "secret-age",
            "A secret was not changed for ninety days.",
            MetricName="SecretAgeDays",
            Statistic="Maximum",
            Period=86_400,
            Threshold=SECRET_AGE_DAYS_MAX,
        ),
    }
