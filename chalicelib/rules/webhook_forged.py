"""Finds that somebody posts webhooks in a provider's name whose signatures are wrong."""

from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import ForgeryEvidence, SubjectRule


def foresee(evidence: ForgeryEvidence, settings: RuleSettings) -> Finding | None:
    if evidence.count < (settings.threshold_count or 1):
        return None
    provider, minutes = evidence.subject.id, evidence.window_minutes
    return evidence.found(
        RULE.name,
        since=evidence.first_at,
        cause="outside",
        summary=both(
            f"{evidence.count} webhooks in the name of {provider} were refused within {minutes} "
            "minutes: somebody forges them, or a signing secret was changed there and not here.",
            f"{minutes} 分钟内以 {provider} 名义发来的 {evidence.count} 个回调验签失败："
            "可能有人伪造，或对方更换了签名密钥而本系统未同步。",
        ),
    )


RULE = SubjectRule(
    "webhook_forged", both("Forged webhooks", "伪造的支付回调"), ForgeryEvidence, foresee
)
