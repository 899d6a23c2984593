/** One order as its customer follows it: what is happening, what comes next, what one can do. */
import { html, useEffect, useState } from './dom.js';
import { Badge, Button, Dialog, Failure, Field, Notice, Skeleton, say, useAct } from './ui.js';
import { Icon } from './icons.js';
import { ChangeDialog } from './changing.js';
import { Invoices } from './invoices.js';
import { MoneyLines } from './moneylines.js';
import { PayPanel } from './pay.js';
import { PendingEdit } from './pendingedit.js';
import { orderAgain } from './reorder.js';
import { Questions } from './questions.js';
import { Steps, Timeline } from './steps.js';
import { TotalsView } from './cartview.js';
import { api, asHolder } from './api.js';
import { format } from './money.js';
import { known, moment, named, t, time, worded } from './i18n.js';
import { heldOrder, seen } from './outbox.js';
import { outbox } from './outboxstore.js';
import { href, replace } from './router.js';
import { keepGuestToken } from './session.js';
import { useStore } from './state.js';
import { useWatch } from './watch.js';

const PAYABLE = ['placed'];
const CHANGEABLE = ['placed', 'confirmed', 'accepted'];
const CANCELABLE = ['received', 'placed', 'confirmed', 'accepted', 'preparing'];
const HELD_MS = 8000;
const SETTLED = ['completed', 'canceled', 'rejected'];

/** @param {{orderId: string, query: URLSearchParams}} props */
export function Track({ orderId, query }) {
  const token = query.get('t');
  if (token) keepGuestToken(orderId, token);
  useEffect(() => {
    if (token) replace(['o', orderId]);
  }, [token]);
  useStore(outbox);
  const held = heldOrder(orderId);
  const watched = useWatch(`orders/${orderId}`, {
    ...asHolder(orderId), everyMs: 3000, slowestMs: held ? HELD_MS : undefined,
  });
  const order = /** @type {Order | null} */ (watched.data ?? held);
  const settled = watched.data && watched.data.status !== 'received';
  useEffect(() => {
    if (settled) void seen(orderId);
  }, [settled]);
  useEffect(() => {
    if (held && held.status !== 'received') watched.refresh();
  }, [held?.status]);
  useEffect(() => {
    if (order) document.title = `${order.number} · ${t(`status.${order.status}`)}`;
  }, [order?.status]);
  if (!order) {
    return html`<main id="main" class="narrow">${watched.error
      ? html`<${Failure} error=${watched.error} onRetry=${watched.refresh} />` : html`<${Skeleton}
        lines=${4} tall=${true} />`}</main>`;
  }
  return html`<main id="main" class="narrow stack">
    <${Head} order=${order} />
    <${Questions} order=${order} onChange=${watched.replaceData} />
    ${query.get('unpaid') && order.status === 'placed' && html`<${Notice} tone="warn" icon="warn">
      ${t('track.payFailed')}<//>`}
    <${PendingEdit} order=${order} />
    ${toPay(order) && html`<${PayPanel} order=${order} onDone=${watched.refresh} />`}
    ${!['canceled', 'rejected'].includes(order.status) && html`<section class="card">
      <${Steps} order=${order} /></section>`}
    <${Parcel} order=${order} />
    <${Goods} order=${order} />
    <${MoneyLines} order=${order} />
    <${Invoices} order=${order} />
    ${watched.data && html`<${Actions} order=${order} onChange=${watched.replaceData} />`}
    <section class="card stack"><h2>${t('track.history')}</h2><${Timeline} events=${order.events} />
      </section>
    <p class="dim" role="status">${!watched.data ? order.status === 'received' && t('track.held')
      : `${t(watched.error ? 'track.stale' : 'track.live')} ${time(new Date(watched.at).toISOString())}`}</p>
  </main>`;
}

/** @param {Order} order */
const toPay = (order) => Boolean(order.pending_edit)
  || (PAYABLE.includes(order.status) && !['authorized', 'paid'].includes(order.payment_status));

/** @param {{order: Order}} props */
function Head({ order }) {
  const type = order.fulfillment.type;
  const promised = !['received', ...SETTLED].includes(order.status);
  const code = order.pickup_code && type === 'pickup' && promised && order.status !== 'placed';
  const taken = order.payments.some((payment) => payment.status === 'captured');
  const never = order.status === 'rejected' && !order.events.some((event) => event.type === 'order.placed');
  /** The words for what is special about it, or else for its status. @param {string} stem */
  const words = (stem) => {
    const special = [never && 'unplaced', !taken && 'unpaid', type].map((each) => `${stem}.${order.status}.${each}`);
    return special.find(known) ?? `${stem}.${order.status}`;
  };
  const declined = order.status === 'placed' && order.payment_status === 'failed';
  const undelivered = order.status === 'shipped' && order.fulfillment_status === 'delivery_failed';
  const next = order.pending_edit ? 'next.edit' : declined ? 'next.failed' : undelivered ? 'next.delivery_failed' : words('next');
  return html`<div class="track-head">
    <p class="dim">${t('order')} <b class="number">${order.number}</b></p>
    <h1 tabindex="-1" aria-live="polite">${t(words('status'))}</h1>
    <p>${t(next, { time: time(order.pending_edit?.expires_at ?? order.expires_at) })}</p>
    ${order.cancel_reason && html`<${Notice} tone="warn" icon="warn">
      ${t('track.reason')} ${worded('cancel', order.cancel_reason)}<//>`}
    ${order.promised_at && promised && html`<p class="row"
      style="justify-content:center"><${Icon} name="clock" /><b>
        ${t(`promise.${type}`, { time: moment(order.promised_at) })}</b></p>`}
    ${code && html`<p class="pickup"><span class="dim">${t('track.code')}</span><b class="number">
      ${order.pickup_code}</b></p>`}
    ${type === 'dine_in' && html`<${Badge} tone="good"><${Icon} name="table" />
      ${t('table', { table: order.fulfillment.table })}<//>`}
  </div>`;
}

/** @param {{order: Order}} props */
function Parcel({ order }) {
  if (!order.shipments?.length) return null;
  return html`<section class="card stack"><h2>${t('track.parcel')}</h2>
    ${order.shipments.map((shipment) => html`
    <p key=${shipment.shipment_id} class="between"><span>${shipment.carrier} <span class="number">
      ${shipment.tracking_number}</span></span>
      <span>${shipment.eta && t('track.eta', { time: moment(shipment.eta) })}</span></p>`)}</section>`;
}

/** How it stands with the money; an order that ended unpaid is no debt. @param {{order: Order}} props */
function PaymentBadge({ order }) {
  const ended = ['canceled', 'rejected'].includes(order.status);
  if (ended && ['unpaid', 'failed', 'pending'].includes(order.payment_status)) {
    return html`<${Badge}>${t('money.none')}<//>`;
  }
  return html`<${Badge} tone=${order.payment_status === 'paid' ? 'good' : 'warn'}>
    ${t(`payment.${order.payment_status}`)}<//>`;
}

/** @param {{order: Order}} props */
function Goods({ order }) {
  return html`<section class="card stack"><div class="between"><h2>${t('track.goods')}</h2>
      <${PaymentBadge} order=${order} /></div>
    <ul class="stack">${order.line_items.map((line) => html`<li class="between" key=${line.line_id}>
      <span>${line.quantity} × ${named(line.name)}
        ${line.options?.length > 0 && html`<br /><span class="dim">
          ${line.options.map((option) => named(option.name ?? option)).join(' · ')}</span>`}</span>
      <span class="money">${format(line.line_total)}</span></li>`)}</ul>
    <${TotalsView} totals=${order.totals} />
    ${order.note && html`<p class="dim">${t('field.note')}: ${order.note}</p>`}
    ${order.fulfillment.address && html`<p class="dim row"><${Icon} name="pin" />
      ${Object.values(order.fulfillment.address).filter(Boolean).join(', ')}</p>`}
  </section>`;
}

/** @param {{order: Order, onChange: (order: Order) => void}} props */
function Actions({ order, onChange }) {
  const [asking, setAsking] = useState(false);
  const [changing, setChanging] = useState(false);
  const [reason, setReason] = useState('');
  const act = useAct();
  const own = ['received', 'placed', 'confirmed'].includes(order.status);
  const cancel = () => act.run(async () => {
    const options = { body: { reason: reason || t('cancel.mind') }, ...asHolder(order.order_id) };
    const answer = await api(`orders/${order.order_id}/cancel`, options);
    if (answer?.status) onChange(answer);
    say(t(answer?.status === 'canceled' ? 'cancel.done' : 'cancel.requested'));
    setAsking(false);
  });
  const again = () => act.run(() => orderAgain(order.store_id, order.line_items.map((line) =>
    ({ ...line, options: line.options.map((option) => option.choice_id) }))), 'again');
  const share = async () => {
    const { guest } = asHolder(order.order_id);
    const url = new URL(href(['o', order.order_id], { t: guest }), location.href).href;
    await navigator.clipboard?.writeText(url);
    say(t('track.copied'));
  };
  const actions = html`<${Button} onClick=${() => setAsking(false)}>${t('cancel.keep')}<//>
    <${Button} kind="danger" busy=${act.busy} onClick=${cancel}>
      ${t(own ? 'cancel.do' : 'cancel.ask')}<//>`;
  return html`<div class="row">
    ${SETTLED.includes(order.status) && html`<${Button} kind="main" icon="refresh" busy=${act.busy === 'again'}
      onClick=${again}>${t('track.again')}<//>`}
    <a class="button" href=${href(['s', order.store_id])}>${t('track.orderMore')}</a>
    ${asHolder(order.order_id).guest && html`<${Button} icon="copy" onClick=${share}>
      ${t('track.link')}<//>`}
    ${CHANGEABLE.includes(order.status) && !order.pending_edit && html`<${Button}
      onClick=${() => setChanging(true)}>${t('change')}<//>`}
    ${CANCELABLE.includes(order.status) && html`<${Button} kind="danger"
      onClick=${() => setAsking(true)}>${t(own ? 'cancel.title' : 'cancel.ask')}<//>`}
    ${changing && html`<${ChangeDialog} order=${order} onClose=${() => setChanging(false)}
      onDone=${(/** @type {Order} */ changed) => { setChanging(false); onChange(changed); scrollTo(0, 0); }} />`}
    ${asking && html`<${Dialog} title=${t('cancel.title')} onClose=${() => setAsking(false)}
      actions=${actions}>
      <p>${t(own ? 'cancel.words' : 'cancel.askWords')}</p>
      <${Field} label=${t('cancel.reason')} optional=${t('optional')} maxlength="200" value=${reason}
        onInput=${setReason} />
      <${Failure} error=${act.error} /><//>`}
  </div>`;
}
