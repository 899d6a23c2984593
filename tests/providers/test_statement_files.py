"""Statements as Alipay, WeChat Pay and PayPal write them, read into lines of ours."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.money import Money
from chalicelib.providers import _alipay_statement, _paypal_statement, _wechat_pay_statement

AT = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
ALIPAY = """#支付宝业务明细查询
#账号：[20880000000000000156]
#-----------------------------------------业务明细列表----------------------------------------
支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,对方账户,订单金额（元）,商家实收（元）,退款批次号/请求号,服务费（元）,备注
2026112122001\t,pay_1\t,交易\t,苹果,2026-11-21 12:29:50,2026-11-21 12:30:00,,*da(138****8000),12.99,12.99,,-0.08,
2026112122001\t,pay_1\t,退款\t,苹果,2026-11-21 12:29:50,2026-11-21 12:30:00,,*da(138****8000),-3.00,-3.00,ref_1\t,0.02,
#-----------------------------------------业务明细列表结束------------------------------------
#交易合计：1笔
"""  # noqa: E501
WECHAT = """交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,货币种类,应结订单金额,微信退款单号,商户退款单号,退款金额,退款状态,订单金额,申请退款金额
`2026-11-21 12:30:00,`wx1,`1900000001,`4200001,`pay_1,`SUCCESS,`CNY,`12.99,`0,`0,`0.00,`,`12.99,`0.00
`2026-11-21 12:30:00,`wx1,`1900000001,`4200001,`pay_1,`REFUND,`CNY,`0.00,`5030001,`ref_1@ord_1,`3.00,`SUCCESS,`0.00,`3.00
`2026-11-21 12:31:00,`wx1,`1900000001,`4200001,`pay_1,`REFUND,`CNY,`0.00,`5030002,`ref_2@ord_1,`3.00,`PROCESSING,`0.00,`3.00
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额
`3,`12.99,`3.00,`0.00,`0.07
"""  # noqa: E501
PAYPAL = """"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID","Reference Txn ID","Invoice Number","Custom Number"
"11/20/2026","20:30:00","PST","Ada","Express Checkout Payment","Completed","USD","1,012.99","-0.68","1,012.31","8AB","","pay_1","ord_1/pay_1"
"11/20/2026","20:30:00","PST","Ada","Payment Refund","Completed","USD","-3.00","0.00","-3.00","9CD","8AB","ref_1","ord_1/pay_1/ref_1"
"11/20/2026","20:31:00","PST","","General Currency Conversion","Completed","USD","-3.00","0.00","-3.00","7EF","8AB","",""
"11/20/2026","20:32:00","PST","Eve","Express Checkout Payment","Pending","USD","5.00","0.00","5.00","6GH","","pay_2","ord_2/pay_2"
"""  # noqa: E501


def told(lines):
    return [
        (one.kind, one.reference, one.payment_id, one.refund_id, one.amount, one.occurred_at)
        for one in lines
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_alipays_business_details(encoding):
    assert told(_alipay_statement.read(ALIPAY.encode(encoding))) == [
        ("payment", "2026112122001", "pay_1", None, Money(1299, "CNY"), AT),
        ("refund", "ref_1", "pay_1", "ref_1", Money(300, "CNY"), AT),
    ]


def test_wechat_pays_trade_bill():
    lines = _wechat_pay_statement.read(WECHAT.encode())
    assert told(lines) == [
        ("payment", "4200001", "pay_1", None, Money(1299, "CNY"), AT),
        ("refund", "5030001", "pay_1", "ref_1", Money(300, "CNY"), AT),
    ]
    assert lines[1].order_id == "ord_1"


def test_what_was_kept_and_given_back_of_a_fee_is_read_where_the_file_has_it():
    kept = WECHAT.replace("申请退款金额\n", "申请退款金额,手续费\n", 1)
    kept = kept.replace("`12.99,`0.00\n", "`12.99,`0.00,`0.08\n", 1)
    kept = kept.replace("`0.00,`3.00\n", "`0.00,`3.00,`-0.02\n")
    assert [one.fee for one in _wechat_pay_statement.read(kept.encode())] == [
        Money(8, "CNY"), Money(2, "CNY"),
    ]  # fmt: skip
    assert [one.fee for one in _wechat_pay_statement.read(WECHAT.encode())] == [None, None]
    assert [one.fee for one in _alipay_statement.read(ALIPAY.encode())] == [
        Money(8, "CNY"), Money(2, "CNY"),
    ]  # fmt: skip
    assert [one.fee for one in _paypal_statement.read(PAYPAL.encode())] == [Money(68, "USD"), None]


def test_paypals_activity_report():
    lines = _paypal_statement.read(PAYPAL.encode())
    assert told(lines) == [
        ("payment", "8AB", "pay_1", None, Money(101299, "USD"), AT),
        ("refund", "9CD", "pay_1", "ref_1", Money(300, "USD"), AT),
    ]
    assert lines[1].payment_reference == "8AB"


@pytest.mark.parametrize(
    ("reader", "text", "faulty"),
    [
        (_alipay_statement, ALIPAY.replace("12.99,12.99", "12.999,12.999"), "/5"),
        (_alipay_statement, ALIPAY.replace("2026-11-21 12:30:00", "gestern", 1), "/5"),
        (_wechat_pay_statement, WECHAT.replace("`CNY,`12.99", "`XXX,`12.99"), "/2"),
        (_paypal_statement, PAYPAL.replace('"PST"', '"MARS"', 1), "/2"),
        (_paypal_statement, "not,a,statement\n1,2,3\n", "/"),
    ],
)
def test_a_file_that_is_half_understood_is_refused_with_its_lines(reader, text, faulty):
    with pytest.raises(InvalidInput) as refused:
        reader.read(text.encode())
    assert refused.value.errors[0].pointer == faulty


def test_what_is_no_text_is_refused():
    with pytest.raises(InvalidInput):
        _alipay_statement.read(b"\xff\xff\x00\x81")
