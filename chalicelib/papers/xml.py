"""An invoice for machines: EN 16931 in the syntax of UN/CEFACT CII, as Factur-X has it."""

from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from chalicelib.domain.invoice_amounts import NetAmounts, net_amounts
from chalicelib.domain.invoice_details import Buyer
from chalicelib.domain.invoices import Invoice, InvoiceLine, Seller
from chalicelib.domain.money import Money
from chalicelib.domain.text import localized
from chalicelib.papers.base import Paper, Sheet
from chalicelib.papers.base_words import local_day, percent, word

GUIDELINE = "urn:cen.eu:en16931:2017"
TYPE_CODES = {"invoice": "380", "credit_note": "381"}
PIECE = "C62"  # UN/ECE recommendation 20: one
_STANDARD = "urn:un:unece:uncefact:data:standard"
NAMESPACES = {
    "xmlns:rsm": f"{_STANDARD}:CrossIndustryInvoice:100",
    "xmlns:ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:100",
    "xmlns:udt": f"{_STANDARD}:UnqualifiedDataType:100",
    "xmlns:qdt": f"{_STANDARD}:QualifiedDataType:100",
}


def render(sheet: Sheet) -> bytes:
    invoice = sheet.invoice
    nets = net_amounts([line.total_minor for line in invoice.lines], invoice.totals)
    root = Element("rsm:CrossIndustryInvoice", NAMESPACES)
    context = SubElement(root, "rsm:ExchangedDocumentContext")
    _add(context, "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", GUIDELINE)
    _document(SubElement(root, "rsm:ExchangedDocument"), invoice)
    deal = SubElement(root, "rsm:SupplyChainTradeTransaction")
    for number, (line, net) in enumerate(zip(invoice.lines, nets.lines, strict=True), 1):
        _line(SubElement(deal, "ram:IncludedSupplyChainTradeLineItem"), number, line, net, invoice)
    _agreement(SubElement(deal, "ram:ApplicableHeaderTradeAgreement"), invoice)
    SubElement(deal, "ram:ApplicableHeaderTradeDelivery")
    _settlement(SubElement(deal, "ram:ApplicableHeaderTradeSettlement"), invoice, nets)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _add(parent: Element, path: str, text: str, **attributes: str) -> None:
    """Elements one within the other, the innermost with the text."""
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text
    parent.attrib.update(attributes)


def _document(document: Element, invoice: Invoice) -> None:
    _add(document, "ram:ID", invoice.number)
    _add(document, "ram:TypeCode", TYPE_CODES[invoice.kind])
    day = f"{local_day(invoice):%Y%m%d}"
    _add(document, "ram:IssueDateTime/udt:DateTimeString", day, format="102")
    if invoice.reason:
        _add(document, "ram:IncludedNote/ram:Content", word(invoice.reason, invoice.language))


def _line(item: Element, number: int, line: InvoiceLine, net: int, invoice: Invoice) -> None:
    _add(item, "ram:AssociatedDocumentLineDocument/ram:LineID", str(number))
    product = SubElement(item, "ram:SpecifiedTradeProduct")
    if line.sku:
        _add(product, "ram:SellerAssignedID", line.sku)
    _add(product, "ram:Name", localized(line.name, invoice.language))
    price = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount"
    _add(item, price, _unit_price(net, line.quantity, invoice.currency))
    quantity = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
    _add(item, quantity, str(line.quantity), unitCode=PIECE)
    settlement = SubElement(item, "ram:SpecifiedLineTradeSettlement")
    _tax_kind(SubElement(settlement, "ram:ApplicableTradeTax"), invoice)
    total = "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    _add(settlement, total, _amount(net, invoice.currency))


def _unit_price(net: int, quantity: int, currency: str) -> str:
    """Without tax, to more places than the currency has, so that the line comes out right."""
    whole = Decimal(Money(net, currency).decimal())
    return f"{whole / quantity:.4f}"


def _agreement(agreement: Element, invoice: Invoice) -> None:
    _seller(SubElement(agreement, "ram:SellerTradeParty"), invoice.seller, invoice.language)
    buyer = SubElement(agreement, "ram:BuyerTradeParty")
    _buyer(buyer, invoice.buyer, invoice)
    order = "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"
    _add(agreement, order, invoice.order_number)


def _seller(party: Element, seller: Seller, language: str) -> None:
    _add(party, "ram:Name", localized(seller.name, language))
    address = SubElement(party, "ram:PostalTradeAddress")
    if said := localized(seller.address, language):
        _add(address, "ram:LineOne", said)
    _add(address, "ram:CountryID", seller.country)
    if seller.tax_id:
        _add(party, "ram:SpecifiedTaxRegistration/ram:ID", seller.tax_id, schemeID="VA")


def _buyer(party: Element, buyer: Buyer, invoice: Invoice) -> None:
    _add(party, "ram:Name", buyer.title or word("private", invoice.language))
    _add(party, "ram:PostalTradeAddress/ram:CountryID", invoice.seller.country)
    if buyer.tax_id:
        _add(party, "ram:SpecifiedTaxRegistration/ram:ID", buyer.tax_id, schemeID="VA")


def _settlement(settlement: Element, invoice: Invoice, nets: NetAmounts) -> None:
    currency = invoice.currency
    _add(settlement, "ram:InvoiceCurrencyCode", currency)
    tax = SubElement(settlement, "ram:ApplicableTradeTax")
    _add(tax, "ram:CalculatedAmount", _amount(nets.tax, currency))
    _tax_kind(tax, invoice, basis=_amount(nets.basis, currency))
    if nets.discount:
        _allowance(settlement, invoice, nets.discount, "discount", is_charge=False)
    if nets.fee:
        _allowance(settlement, invoice, nets.fee, "delivery", is_charge=True)
    _summation(settlement, nets, currency)
    if invoice.corrects_number:
        corrected = "ram:InvoiceReferencedDocument/ram:IssuerAssignedID"
        _add(settlement, corrected, invoice.corrects_number)


def _tax_kind(tax: Element, invoice: Invoice, basis: str | None = None) -> None:
    _add(tax, "ram:TypeCode", "VAT")
    if basis is not None:
        _add(tax, "ram:BasisAmount", basis)
    _add(tax, "ram:CategoryCode", "S" if invoice.tax_basis_points else "Z")
    _add(tax, "ram:RateApplicablePercent", percent(invoice.tax_basis_points))


def _allowance(
    settlement: Element, invoice: Invoice, amount: int, reason: str, *, is_charge: bool
) -> None:
    part = SubElement(settlement, "ram:SpecifiedTradeAllowanceCharge")
    _add(part, "ram:ChargeIndicator/udt:Indicator", "true" if is_charge else "false")
    _add(part, "ram:ActualAmount", _amount(amount, invoice.currency))
    _add(part, "ram:Reason", word(reason, invoice.language))
    _tax_kind(SubElement(part, "ram:CategoryTradeTax"), invoice)


def _summation(settlement: Element, nets: NetAmounts, currency: str) -> None:
    """An invoice is issued once it is paid, and a credit note when the money went back."""
    sums = SubElement(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    for name, amount in (
        ("LineTotalAmount", sum(nets.lines)), ("ChargeTotalAmount", nets.fee),
        ("AllowanceTotalAmount", nets.discount), ("TaxBasisTotalAmount", nets.basis),
    ):  # fmt: skip
        _add(sums, f"ram:{name}", _amount(amount, currency))
    _add(sums, "ram:TaxTotalAmount", _amount(nets.tax, currency), currencyID=currency)
    _add(sums, "ram:GrandTotalAmount", _amount(nets.total, currency))
    _add(sums, "ram:TotalPrepaidAmount", _amount(nets.total, currency))
    _add(sums, "ram:DuePayableAmount", _amount(0, currency))


def _amount(amount_minor: int, currency: str) -> str:
    return Money(amount_minor, currency).decimal()


PAPER = Paper(content_type="application/xml", suffix="xml", languages=("any",), render=render)
