"""An order's document as few bytes: every step of its life writes it again, by the started kB.

A plain zlib stream whose dictionary is the JSON that every order shares. What is stored was written
with `_SHARED`, so it never changes; a new shape of orders would get a second dictionary.
"""

import zlib

import msgspec

from chalicelib.domain.orders import Order

_SHARED = (
    b'"address":{"line1":"","line2":null,"city":"","region":"","postal_code":"","country":"CN"}'
    b'"contact":{"name":"","phone":"+86","email":"@"}"options":[{"option_id":"","choice_id":"",'
    b'"price_delta":{"amount_minor":"partially_refunded""refunded""failed""unfulfilled""shipped"'
    b'"delivered""picked_up""served""accepted""preparing""ready""completed""canceled""confirmed"'
    b'{"order_id":"ord_","number":"","pickup_code":"","version":1,"status":"placed",'
    b'"payment_status":"unpaid","fulfillment_status":"unfulfilled","store_id":"sto_",'
    b'"customer_id":"","channel":"web","line_items":[{"line_id":"line_1","sku":"","name":{"en":"",'
    b'"zh-CN":""},"quantity":1,"unit_price":{"amount_minor":1000,"currency":"CNY"},"line_total":'
    b'{"amount_minor":1000,"currency":"CNY"},"options":[],"units":{"":1}},{"line_id":"line_2"}],'
    b'"totals":{"subtotal":{"amount_minor":1000,"currency":"CNY"},"discount":{"amount_minor":0,'
    b'"currency":"CNY"},"delivery_fee":{"amount_minor":0,"currency":"CNY"},"tax":{"amount_minor":'
    b'0,"currency":"CNY"},"total":{"amount_minor":1000,"currency":"CNY"}},"fulfillment":{"type":'
    b'"pickup","address":null,"table":null,"requested_at":null},"contact":{},"placed_at":"2026-'
    b'","updated_at":"2026-","fingerprint":"","language":"zh-CN","language":"en","note":null,'
    b'"expires_at":"2026-000Z","promised_at":"2026-000Z","cancel_reason":null,"confirmed_at":null,'
    b'"accepted_at":null,"closed_at":null,"captured_minor":0,"refunded_minor":0,'
    b'"refund_pending_minor":0,"open_payment_id":"pay_","open_payment_id":null,"guard_key":"guard#'
    b'","guard_expires_at":"2026-","duplicate_meant":false,"reserved":{"":1},"pending_edit":null,'
    b'"coupon_code":null,"edit_fingerprint":null,"next_check_ms":null}'
)


def pack(order: Order) -> bytes:
    packer = zlib.compressobj(zdict=_SHARED)
    return packer.compress(msgspec.json.encode(order)) + packer.flush()


def unpack(packed: bytes) -> Order:
    unpacker = zlib.decompressobj(zdict=_SHARED)
    return msgspec.json.decode(unpacker.decompress(packed), type=Order)
