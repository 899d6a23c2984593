/** One order as its customer follows it: what is happening, what comes next, what one can do. */
import { html, useEffect, useState } from './dom.js';
import { Badge, Button, Dialog, Failure, Field, Notice, Skeleton, say, useAct } from './ui.js';
import { Icon } from './icons.js';
import { Invoices } from './invoices.js';
import { PayPanel, nameOfProvider } from './pay.js';
import { Questions } from './questions.js';
import { Steps, Timeline } from './steps.js';
import { TotalsView } from './cartview.js';
import { api, asHolder } from './api.js';
import { Charged } from './charges.js';
import { format } from './money.js';
import { known, moment, named, t, time, worded } from './i18n.js';
import { heldOrder, seen } from './outbox.js';
import { outbox } from './outboxstore.js';
import { href, replace } from './router.js';
import { keepGuestToken } from './session.js';
import { useStore } from './state.js';
import { useWatch } from './watch.js';

const PAYABLE = ['placed'];
const CANCELABLE = ['placed', 'confirmed', 'accepted', 'preparing'];
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
    ${!['canceled', 'rejected'].includes(order.status) && html`<section class="card">
      <${Steps} order=${order} /></section>`}
    ${PAYABLE.includes(order.status) && !['authorized', 'paid'].includes(order.payment_status)
      && html`<${PayPanel} order=${order} onDone=${watched.refresh} />`}
    <${Parcel} order=${order} />
    <${Goods} order=${order} />
    <${Invoices} order=${order} />
    ${watched.data && html`<${Actions} order=${order} onChange=${watched.replaceData} />`}
    <section class="card stack"><h2>${t('track.history')}</h2><${Timeline} events=${order.events} />
      </section>
    <p class="dim" role="status">${!watched.data ? order.status === 'received' && t('track.held')
      : `${t(watched.error ? 'track.stale' : 'track.live')} ${time(new Date(watched.at).toISOString())}`}</p>
  </main>`;
}

/** @param {{order: Order}} props */
function Head({ order }) {
  const type = order.fulfillment.type;
  const promised = !['received', ...SETTLED].includes(order.status);
  const code = order.pickup_code && type === 'pickup' && promised;
  /** @param {string} stem */
  const words = (stem) => {
    const precise = `${stem}.${order.status}.${type}`;
    return known(precise) ? precise : `${stem}.${order.status}`;
  };
  const declined = order.status === 'placed' && order.payment_status === 'failed';
  const undelivered = order.status === 'shipped' && order.fulfillment_status === 'delivery_failed';
  const next = declined ? 'next.failed' : undelivered ? 'next.delivery_failed' : words('next');
  return html`<div class="track-head">
    <p class="dim">${t('order')} <b class="number">${order.number}</b></p>
    <h1 tabindex="-1" aria-live="polite">${t(words('status'))}</h1>
    <p>${t(next, { time: time(order.expires_at) })}</p>
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

/** @param {{order: Order}} props */
function Goods({ order }) {
  const abroad = order.payments.filter((payment) => payment.charge && payment.status === 'captured');
  return html`<section class="card stack"><div class="between"><h2>${t('track.goods')}</h2>
      <${Badge} tone=${order.payment_status === 'paid' ? 'good' : 'warn'}>
        ${t(`payment.${order.payment_status}`)}<//></div>
    <ul class="stack">${order.line_items.map((line) => html`<li class="between" key=${line.line_id}>
      <span>${line.quantity} × ${named(line.name)}
        ${line.options?.length > 0 && html`<br /><span class="dim">
          ${line.options.map((option) => named(option.name ?? option)).join(' · ')}</span>`}</span>
      <span class="money">${format(line.line_total)}</span></li>`)}</ul>
    <${TotalsView} totals=${order.totals} />
    ${order.refunds?.map((refund) => html`<p key=${refund.refund_id} class="between"><span>
      ${t('track.refund')} · ${t(`refund.${refund.status}`)}</span><span class="money">
        ${format(refund.amount)}<${Charged} charge=${refund.charge} /></span></p>`)}
    ${abroad.map((payment) => html`<p key=${payment.payment_id} class="between"><span>
      ${t('charge.paid', { company: nameOfProvider(payment.provider) })}</span><span class="money">${format(payment.amount)}
        <${Charged} charge=${payment.charge?.amount} /></span></p>`)}
    ${order.note && html`<p class="dim">${t('field.note')}: ${order.note}</p>`}
    ${order.fulfillment.address && html`<p class="dim row"><${Icon} name="pin" />
      ${Object.values(order.fulfillment.address).filter(Boolean).join(', ')}</p>`}
  </section>`;
}

/** @param {{order: Order, onChange: (order: Order) => void}} props */
function Actions({ order, onChange }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const act = useAct();
  const own = ['placed', 'confirmed'].includes(order.status);
  const cancel = () => act.run(async () => {
    const options = { body: { reason: reason || t('cancel.mind') }, ...asHolder(order.order_id) };
    const answer = await api(`orders/${order.order_id}/cancel`, options);
    if (answer?.status) onChange(answer);
    say(t(answer?.status === 'canceled' ? 'cancel.done' : 'cancel.requested'));
    setAsking(false);
  });
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
    <a class="button" href=${href(['s', order.store_id])}>${t('track.orderMore')}</a>
    ${asHolder(order.order_id).guest && html`<${Button} icon="copy" onClick=${share}>
      ${t('track.link')}<//>`}
    ${CANCELABLE.includes(order.status) && html`<${Button} kind="danger"
      onClick=${() => setAsking(true)}>${t(own ? 'cancel.title' : 'cancel.ask')}<//>`}
    ${asking && html`<${Dialog} title=${t('cancel.title')} onClose=${() => setAsking(false)}
      actions=${actions}>
      <p>${t(own ? 'cancel.words' : 'cancel.askWords')}</p>
      <${Field} label=${t('cancel.reason')} optional=${t('optional')} maxlength="200" value=${reason}
        onInput=${setReason} />
      <${Failure} error=${act.error} /><//>`}
  </div>`;
}
