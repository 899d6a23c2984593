"""Errors as RFC 9457 problem documents: the only place that knows HTTP statuses of errors."""

from typing import Any

from chalicelib.domain import errors
from chalicelib.domain.allowances import rate_headers
from chalicelib.domain.errors import DocketError, InvalidInput, Unavailable
from chalicelib.domain.text import Text, localized

CONTENT_TYPE = "application/problem+json; charset=utf-8"

# The first category that fits decides; codes below may say better.
_STATUS_OF_CATEGORY: tuple[tuple[type[DocketError], int], ...] = (
    (errors.Malformed, 400),
    (errors.InvalidInput, 422),
    (errors.Unauthenticated, 401),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.Stale, 412),
    (errors.Unconditional, 428),
    (errors.Conflict, 409),
    (errors.Declined, 402),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
)
_STATUS_OF_CODE = {
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "not_acceptable": 406,
    "method_not_allowed": 405,
    "internal_error": 500,
}

# Every code that a client can meet, with the title people see.
TITLES: dict[str, Text] = {
    "malformed_request": {"en": "The request cannot be read", "zh-CN": "无法读取请求"},
    "invalid_input": {"en": "Some values are not valid", "zh-CN": "部分内容无效"},
    "idempotency_key_required": {
        "en": "An Idempotency-Key header is required", "zh-CN": "缺少 Idempotency-Key 请求头",
    },
    "idempotency_key_invalid": {
        "en": "The Idempotency-Key is not valid", "zh-CN": "Idempotency-Key 无效",
    },
    "idempotency_key_reused": {
        "en": "This Idempotency-Key belongs to another request",
        "zh-CN": "该 Idempotency-Key 已用于其他请求",
    },
    "request_in_progress": {
        "en": "The same request is still being worked on", "zh-CN": "相同的请求正在处理中",
    },
    "sender_not_found": {
        "en": "No such system is connected here", "zh-CN": "未接入该系统",
    },
    "parcel_not_found": {"en": "No order has this parcel", "zh-CN": "没有对应该运单的订单"},
    "unauthenticated": {"en": "Please sign in", "zh-CN": "请先登录"},
    "sign_in_failed": {"en": "The sign-in did not succeed", "zh-CN": "登录失败"},
    "email_not_confirmed": {
        "en": "The e-mail address is not confirmed yet", "zh-CN": "邮箱尚未验证",
    },
    "password_reset_required": {"en": "Choose a new password first", "zh-CN": "请先设置新密码"},
    "invalid_code": {"en": "The code is wrong or has expired", "zh-CN": "验证码错误或已过期"},
    "invalid_token": {"en": "Please sign in again", "zh-CN": "请重新登录"},
    "token_expired": {"en": "The sign-in has expired", "zh-CN": "登录已过期"},
    "sign_in_method_not_offered": {
        "en": "This way of signing in is not offered yet", "zh-CN": "暂不支持该登录方式",
    },
    "api_key_not_found": {"en": "There is no such API key", "zh-CN": "API 密钥不存在"},
    "address_not_found": {"en": "There is no such address", "zh-CN": "地址不存在"},
    "address_book_full": {"en": "The address book is full", "zh-CN": "地址簿已满"},
    "not_claimable": {"en": "The order belongs to an account", "zh-CN": "该订单已属于某个账户"},
    "not_allowed": {"en": "This is not permitted", "zh-CN": "没有权限"},
    "role_required": {"en": "Your role does not permit this", "zh-CN": "您的角色没有此权限"},
    "not_found": {"en": "There is nothing here", "zh-CN": "未找到"},
    "notification_not_found": {"en": "There is no such notification", "zh-CN": "通知不存在"},
    "push_subscription_not_found": {
        "en": "This device gets no notifications",
        "zh-CN": "该设备未开启通知",
    },
    "notification_pending": {
        "en": "The message is still on its way", "zh-CN": "消息仍在发送中",
    },
    "address_suppressed": {
        "en": "Mail to this address comes back", "zh-CN": "该邮箱的邮件被退回",
    },
    "no_address": {"en": "There is no address to write to", "zh-CN": "没有可用的联系方式"},
    "endpoint_not_found": {"en": "The store has no endpoint", "zh-CN": "门店尚未设置回调地址"},
    "endpoint_disabled": {
        "en": "The store's endpoint is switched off", "zh-CN": "门店的回调地址已停用",
    },
    "endpoint_not_allowed": {
        "en": "This address cannot be called", "zh-CN": "不允许使用该回调地址",
    },
    "delivery_refused": {
        "en": "The message was not accepted there", "zh-CN": "对方未接受该消息",
    },
    "delivery_not_found": {"en": "There is no such delivery", "zh-CN": "推送记录不存在"},
    "order_not_found": {"en": "There is no such order", "zh-CN": "订单不存在"},
    "incident_not_found": {"en": "There is no such incident", "zh-CN": "故障记录不存在"},
    "announcement_not_found": {"en": "There is no such announcement", "zh-CN": "公告不存在"},
    "store_not_found": {"en": "There is no such store", "zh-CN": "门店不存在"},
    "product_not_found": {"en": "There is no such product", "zh-CN": "商品不存在"},
    "case_not_found": {"en": "There is no such case", "zh-CN": "异常单不存在"},
    "case_resolved": {"en": "The case is resolved already", "zh-CN": "异常单已解决"},
    "case_still_found": {"en": "The trouble is still there", "zh-CN": "问题仍然存在"},
    "case_has_no_repair": {"en": "There is no repair for this", "zh-CN": "没有可执行的修复"},
    "rule_not_found": {"en": "There is no such rule", "zh-CN": "规则不存在"},
    "product_exists": {"en": "This SKU is taken", "zh-CN": "SKU 已存在"},
    "product_in_bundle": {"en": "It is part of a bundle", "zh-CN": "商品包含在组合中"},
    "stock_left": {"en": "Some of it is left in stock", "zh-CN": "仍有库存"},
    "payment_not_found": {"en": "There is no such payment", "zh-CN": "支付不存在"},
    "reconciliation_not_found": {
        "en": "There is no such report", "zh-CN": "对账报告不存在",
    },
    "statement_not_offered": {
        "en": "The provider's books come another way", "zh-CN": "该机构的账单需以其他方式获取",
    },
    "statement_not_ready": {
        "en": "That day's books are not written yet", "zh-CN": "当日账单尚未生成",
    },
    "refund_not_found": {"en": "There is no such refund", "zh-CN": "退款不存在"},
    "invoice_not_found": {"en": "There is no such invoice", "zh-CN": "发票不存在"},
    "period_empty": {"en": "The time is empty", "zh-CN": "时间范围为空"},
    "period_too_long": {
        "en": "There is too much in this time", "zh-CN": "时间范围内的数据过多",
    },
    "no_mail_address": {"en": "There is no mail address", "zh-CN": "没有邮箱地址"},
    "einvoice_not_found": {
        "en": "There is no e-invoice of it", "zh-CN": "没有对应的电子发票",
    },
    "einvoice_not_rejected": {
        "en": "The e-invoice was not rejected", "zh-CN": "该电子发票未被拒绝",
    },
    "einvoice_attempts_used_up": {
        "en": "The e-invoice was requested too often", "zh-CN": "电子发票申请次数过多",
    },
    "invoice_details_final": {
        "en": "The invoice's details can no longer be changed", "zh-CN": "开票信息不能再修改",
    },
    "tax_id_invalid": {"en": "The tax id is not valid", "zh-CN": "纳税人识别号无效"},
    "event_not_found": {"en": "There is no such event", "zh-CN": "事件不存在"},
    "provider_not_found": {"en": "There is no such provider", "zh-CN": "支付渠道不存在"},
    "conflict": {"en": "This is not possible now", "zh-CN": "当前无法执行"},
    "version_mismatch": {"en": "It has changed in the meantime", "zh-CN": "内容已被更新，请刷新"},
    "if_match_required": {"en": "An If-Match header is required", "zh-CN": "缺少 If-Match 请求头"},
    "invalid_transition": {"en": "The order cannot do this now", "zh-CN": "订单当前不能执行此操作"},
    "payment_due": {"en": "Something is still to be paid", "zh-CN": "还有未付款项"},
    "rate_expired": {
        "en": "The exchange rate does not hold any more", "zh-CN": "汇率已失效，请重新选择",
    },
    "charge_changed": {
        "en": "The amount to be charged has changed", "zh-CN": "应付金额已变化，请重新确认",
    },
    "already_paid": {"en": "The order is paid", "zh-CN": "订单已付款"},
    "order_not_payable": {"en": "The order takes no payment now", "zh-CN": "订单当前不能付款"},
    "order_not_editable": {"en": "The order can no longer be changed", "zh-CN": "订单已不能修改"},
    "possible_duplicate": {
        "en": "The same order was placed a moment ago", "zh-CN": "刚刚下过相同的订单",
    },
    "below_minimum": {
        "en": "The store's minimum order is not reached", "zh-CN": "未达到门店起订金额",
    },
    "question_not_found": {"en": "There is no such question", "zh-CN": "问题不存在"},
    "question_answered": {"en": "This was answered already", "zh-CN": "该问题已答复"},
    "question_expired": {"en": "The time to answer is over", "zh-CN": "答复时间已过"},
    "question_closed": {"en": "The order has moved on", "zh-CN": "订单已进入下一步"},
    "question_open": {"en": "The customer has this question", "zh-CN": "该问题正在等待顾客答复"},
    "asked_before": {"en": "The customer was asked before", "zh-CN": "已询问过顾客"},
    "choice_not_offered": {"en": "This is not one of the choices", "zh-CN": "没有该选项"},
    "price_changed": {"en": "The price has changed", "zh-CN": "价格已变动"},
    "out_of_stock": {"en": "There is not enough stock", "zh-CN": "库存不足"},
    "store_closed": {"en": "The store is closed now", "zh-CN": "门店暂停营业"},
    "currency_mismatch": {"en": "The currencies differ", "zh-CN": "币种不一致"},
    "refund_exceeds_captured": {
        "en": "More than was paid cannot be refunded", "zh-CN": "退款金额超过已付金额",
    },
    "refund_above_limit": {
        "en": "A manager must approve this refund", "zh-CN": "该退款需要经理批准",
    },
    "no_own_address": {
        "en": "Your profile has no such address", "zh-CN": "您的资料中没有该联系方式",
    },
    "digest_full": {"en": "Too many people read this digest", "zh-CN": "该摘要的订阅人数已满"},
    "reader_not_found": {"en": "Nobody of this id reads the digest", "zh-CN": "没有该订阅人"},
    "payment_declined": {"en": "The payment was declined", "zh-CN": "支付被拒绝"},
    "provider_refused": {"en": "The payment provider refused", "zh-CN": "支付渠道拒绝了请求"},
    "provider_not_offered": {
        "en": "This way of paying is not offered", "zh-CN": "不支持该支付方式",
    },
    "invalid_signature": {"en": "The signature is not valid", "zh-CN": "签名无效"},
    "body_too_large": {"en": "The request is too large", "zh-CN": "请求内容过大"},
    "unsupported_media_type": {
        "en": "The content type is not supported", "zh-CN": "不支持的内容类型",
    },
    "not_acceptable": {
        "en": "It cannot be had in this form", "zh-CN": "无法以该格式提供",
    },
    "method_not_allowed": {"en": "This method is not allowed here", "zh-CN": "不支持该请求方法"},
    "order_rate_exceeded": {
        "en": "Too many orders in a minute", "zh-CN": "一分钟内下单过多",
    },
    "too_many_unpaid_orders": {
        "en": "Too many orders are waiting for payment", "zh-CN": "未支付的订单过多",
    },
    "too_many_requests": {"en": "Too many requests", "zh-CN": "请求过于频繁"},
    "unavailable": {"en": "Please try again in a moment", "zh-CN": "请稍后重试"},
    "internal_error": {"en": "Something went wrong on our side", "zh-CN": "服务器内部错误"},
}  # fmt: skip


def _slow_down(error: DocketError) -> dict[str, Any]:
    wait: Any = error.facts.get("retry_after_seconds", 60)
    headers = {"Retry-After": str(wait)}
    if error.code == "order_rate_exceeded":
        headers |= rate_headers(int(str(error.facts["limit"])), 0, wait)
    return headers


def status_of(error: DocketError) -> int:
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    return next((s for kind, s in _STATUS_OF_CATEGORY if isinstance(error, kind)), 409)


def document(
    error: DocketError, *, language: str, instance: str, request_id: str
) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Status, body and extra headers of the problem document for `error`."""
    status = status_of(error)
    title = localized(TITLES.get(error.code, TITLES["conflict"]), language)
    body: dict[str, Any] = {
        "type": f"/docs/errors#{error.code}",
        "title": title,
        "status": status,
        "detail": error.detail if error.detail and language == "en" else title,
        "instance": instance,
        "code": error.code,
        "request_id": request_id,
        **error.facts,
    }
    if isinstance(error, InvalidInput) and error.errors:
        body["errors"] = [{"pointer": e.pointer, "detail": e.detail} for e in error.errors]
    headers: dict[str, Any] = {"Content-Type": CONTENT_TYPE, "Content-Language": language}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if status == 429:
        headers |= _slow_down(error)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="docket"'
    return status, body, headers
