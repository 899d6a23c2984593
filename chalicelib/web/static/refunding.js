/** Giving money back: an amount, or lines of the order with their share of discounts and tax. */
import { html, useRef, useState } from './dom.js';
import { Button, Dialog, Failure, Field, Segments, say, useAct } from './ui.js';
import { refundable } from './staff.js';
import { api, newKey } from './api.js';
import { digitsOf, format, parse } from './money.js';
import { named, t } from './i18n.js';

/** @param {{order: Order, onClose: () => void, onDone: (answer?: any) => void}} props */
export function RefundDialog({ order, onClose, onDone }) {
  const [by, setBy] = useState('amount');
  const [amount, setAmount] = useState(() => plain(order, refundable(order)));
  const [reason, setReason] = useState('');
  const [counts, setCounts] = useState(/** @type {Record<string, number>} */ ({}));
  const key = useRef(newKey());
  const act = useAct();
  const most = format({ ...order.totals.total, amount_minor: refundable(order) });
  const chosen = order.line_items.filter((line) => counts[line.line_id] > 0);
  const ready = reason.trim() && (by === 'amount' ? amount.trim() : chosen.length > 0);
  /** Another wish is another refund. @param {() => void} set */
  const change = (set) => { key.current = newKey(); set(); };
  const run = () => act.run(async () => {
    const answer = await api(`ops/orders/${order.order_id}/refunds`, {
      body: { reason: reason.trim(), ...wish(order, by, amount, counts) }, key: key.current,
    });
    say(t('refund.done', { amount: format(answer.amount) }));
    onDone(answer);
  });
  const actions = html`<${Button} onClick=${onClose}>${t('back')}<//>
    <${Button} kind="danger" busy=${act.busy} disabled=${!ready} onClick=${run}>
      ${t('dialog.refund.do')}<//>`;
  return html`<${Dialog} title=${t('dialog.refund')} onClose=${onClose} actions=${actions}>
    <p class="dim">${t('dialog.refund.words')}</p>
    <${Segments} label=${t('refund.by')} value=${by}
      onChange=${(/** @type {string} */ value) => change(() => setBy(value))}
      options=${['amount', 'lines'].map((value) => ({ value, label: t(`refund.by.${value}`) }))} />
    ${by === 'amount' && html`<${Field} label=${t('field.amount')} inputmode="decimal" required
      value=${amount} hint=${t('refund.most', { amount: most })}
      onInput=${(/** @type {string} */ value) => change(() => setAmount(value))} />`}
    ${by === 'lines' && html`<p class="dim">${t('refund.share')}</p><ul class="stack">
      ${order.line_items.map((line) => html`<li key=${line.line_id} class="between">
        <span>${named(line.name)}<br /><span class="dim money">${format(line.unit_price)}</span></span>
        <label class="row nowrap"><span class="hidden">${t('refund.count', { name: named(line.name) })}</span>
          <select class="pick" value=${String(counts[line.line_id] ?? 0)}
            onInput=${(/** @type {any} */ event) => change(() =>
              setCounts({ ...counts, [line.line_id]: Number(event.target.value) }))}>
            ${range(left(order, line)).map((n) => html`<option key=${n} value=${n}
              selected=${n === (counts[line.line_id] ?? 0)}>${n}</option>`)}</select>
          <span>/ ${left(order, line)}</span></label></li>`)}</ul>
      ${chosen.length > 0 && html`<p class="between"><b>${t('refund.about')}</b>
        <b class="money">${format(about(order, counts))}</b></p>`}`}
    <${Field} label=${t('field.reason')} required maxlength="300" value=${reason}
      onInput=${(/** @type {string} */ value) => change(() => setReason(value))} />
    <${Failure} error=${act.error} />
  <//>`;
}

/** @param {Order} order @param {number} minor */
function plain(order, minor) {
  const digits = digitsOf(order.totals.total.currency);
  return (minor / 10 ** digits).toFixed(digits);
}

/** @param {Order} order @param {string} by @param {string} amount @param {Record<string, number>} counts */
function wish(order, by, amount, counts) {
  if (by === 'lines') {
    const wanted = Object.entries(counts).filter(([, quantity]) => quantity > 0);
    return { line_items: wanted.map(([line_id, quantity]) => ({ line_id, quantity })) };
  }
  const { currency } = order.totals.total;
  const amount_minor = parse(amount, currency);
  if (!amount_minor) throw new Error(t('refund.noAmount'));
  return { amount: { amount_minor, currency } };
}

/** What the chosen lines come to, but for what is rounded; the server decides.
 * @param {Order} order @param {Record<string, number>} counts */
function about(order, counts) {
  const { total, delivery_fee, subtotal } = order.totals;
  const goods = total.amount_minor - delivery_fee.amount_minor;
  const wanted = order.line_items.reduce((sum, line) =>
    sum + (line.line_total.amount_minor * (counts[line.line_id] ?? 0)) / line.quantity, 0);
  const all = order.line_items.every((line) => left(order, line) === (counts[line.line_id] ?? 0));
  const share = Math.round((wanted * goods) / (subtotal.amount_minor || 1));
  return { ...total, amount_minor: share + (all ? delivery_fee.amount_minor : 0) };
}

/** How many of a line were not given back yet. @param {Order} order @param {LineItem} line */
function left(order, line) {
  const given = order.refunds.filter((refund) => refund.status !== 'failed')
    .flatMap((refund) => refund.line_items ?? [])
    .filter((/** @type {any} */ each) => each.line_id === line.line_id)
    .reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + each.quantity, 0);
  return Math.max(0, line.quantity - given);
}

/** @param {number} most */
const range = (most) => Array.from({ length: most + 1 }, (_, n) => n);
