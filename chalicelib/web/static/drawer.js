/** One order in full, for staff: goods, people, money, history, and everything one can do. */
import { html, useState } from './dom.js';
import { Badge, Button, Dialog, Failure, Field, Skeleton, say, useAct } from './ui.js';
import { OrderDialog } from './acts.js';
import { Document, canMail } from './invoices.js';
import { OrderLog } from './orderlog.js';
import { RefundDialog } from './refunding.js';
import { Timeline } from './steps.js';
import { TotalsView } from './cartview.js';
import { TONES } from './orders.js';
import { canDo, may, nextStep, otherSteps, owes, refundable, take } from './staff.js';
import { api, newKey } from './api.js';
import { Charged } from './charges.js';
import { format } from './money.js';
import { nameOfProvider } from './pay.js';
import { Questions } from './questions.js';
import { moment, named, t } from './i18n.js';
import { href } from './router.js';
import { useWatch } from './watch.js';

const ASKING = ['reject', 'cancel', 'ship'];

/** @param {{orderId: string, onClose: () => void, onChange: () => void}} props */
export function OrderDrawer({ orderId, onClose, onChange }) {
  const watched = useWatch(`orders/${orderId}`, { everyMs: 5000 });
  const order = watched.data;
  const [dialog, setDialog] = useState('');
  const act = useAct();
  /** @param {any} [answer] */
  const changed = (answer) => {
    if (answer?.events) watched.replaceData(answer);
    else watched.refresh();
    onChange();
    setDialog('');
  };
  /** @param {string} step */
  const go = (step) => (ASKING.includes(step) ? setDialog(step)
    : act.run(() => take(order, step).then(changed, (error) => {
      watched.refresh();
      throw error;
    }), step));
  const step = order && nextStep(order);
  const actions = order && html`
    ${otherSteps(order).map((other) => html`<${Button} key=${other}
      kind=${['cancel', 'reject'].includes(other) ? 'danger' : 'plain'} busy=${act.busy === other}
        onClick=${() => go(other)}>${t(`step.do.${other}`)}<//>`)}
    ${step && canDo(step) && html`<${Button} kind="main" busy=${act.busy === step}
      onClick=${() => (step === 'ship' ? setDialog('ship') : go(step))}>${t(`step.do.${step}`)}<//>`}`;
  return html`<${Dialog} side title=${order ? `${t('order')} ${order.number}` : t('loading')}
    onClose=${onClose} actions=${actions}>
    ${!order && (watched.error ? html`<${Failure} error=${watched.error}
      onRetry=${watched.refresh} />` : html`<${Skeleton} lines=${6} />`)}
    <${Failure} error=${act.error} />
    ${order && html`${(may('clerk') || may('support')) && html`<${Questions} order=${order}
        onChange=${changed} />`}
      <${Facts} order=${order} />
      <${Goods} order=${order} />
      <div class="row">
        ${!['completed', 'canceled', 'rejected'].includes(order.status) && may('clerk') && html`<${Button}
          icon="clock" onClick=${() => setDialog('promise')}>${t('promise.move')}<//>`}
        ${refundable(order) > 0 && may('support') && html`<${Button}
          onClick=${() => setDialog('refund')}>${t('refund')}<//>`}
        ${order.fulfillment.type === 'delivery' && order.status === 'shipped' && may('clerk') && html`<${Button}
          onClick=${() => setDialog('shipments')}>${t('shipment.add')}<//>`}
        ${may('support') && html`<a class="button" href=${href(['messages'], { order_id: orderId })}>
          ${t('messages')}</a>`}
      </div>
      <${Money} order=${order} />
      ${order.invoices.length > 0 && html`<section class="stack"><h3>${t('invoices')}</h3>
        ${order.invoices.map((/** @type {any} */ each) => html`<${Document} key=${each.invoice_id}
          invoice=${each} of=${order.invoices} mailed=${canMail(order)} staff=${may('clerk')} />`)}</section>`}
      <${Notes} order=${order} onChange=${changed} />
      <section class="stack"><h3>${t('track.history')}</h3>
        <${Timeline} events=${order.events} staff=${true} /></section>
      <${OrderLog} orderId=${orderId} version=${order.version} />`}
    ${dialog && order && html`<${dialog === 'refund' ? RefundDialog : OrderDialog} kind=${dialog} order=${order}
      onClose=${() => setDialog('')} onDone=${changed} />`}
  <//>`;
}

/** @param {{order: any}} props */
function Facts({ order }) {
  const { table } = order.fulfillment;
  const how = [t(`fulfillment.${order.fulfillment.type}`), table && t('table', { table })].filter(Boolean).join(' · ');
  const contact = Object.values(order.contact ?? {}).filter(Boolean).join(' · ');
  const address = Object.values(order.fulfillment.address ?? {}).filter(Boolean).join(', ');
  /** @param {string} name @param {any} value */
  const row = (name, value) => value && html`<div><dt>${t(name)}</dt><dd>${value}</dd></div>`;
  return html`<div class="row"><${Badge} tone=${TONES[order.status]}>${t(`board.${order.status}`)}<//>
      <${Badge} tone=${order.payment_status === 'paid' ? 'good' : 'warn'}>
        ${t(`payment.${order.payment_status}`)}<//>
      ${owes(order) && html`<${Badge} tone="warn">
        ${t('ticket.due', { amount: format(order.amount_due) })}<//>`}</div>
    <dl class="facts">
      ${row('fact.how', how)}
      ${row('fact.address', address)} ${row('fact.contact', contact)} ${row('track.code', html`<b
        class="number">${order.pickup_code}</b>`)}
      ${row('fact.placed', moment(order.placed_at))} ${row('fact.promised', moment(order.promised_at))}
      ${row('field.note', order.note)} ${row('track.reason', order.cancel_reason)}
    </dl>`;
}

/** @param {{order: any}} props */
function Goods({ order }) {
  return html`<section class="stack"><ul class="stack">
    ${order.line_items.map((/** @type {LineItem} */ line) => html`<li key=${line.line_id}
      class="between">
    <span><b>${line.quantity} ×</b> ${named(line.name)}
      ${line.options?.length > 0 && html`<br /><span class="dim">
        ${line.options.map((option) => named(option.name)).join(' · ')}</span>`}</span>
    <span class="money">${format(line.line_total)}</span></li>`)}</ul>
      <${TotalsView} totals=${order.totals} /></section>`;
}

/** @param {{order: Order}} props */
function Money({ order }) {
  if (order.payments.length + order.refunds.length === 0) return null;
  const disputes = /** @type {any[]} */ (order.disputes ?? []);
  return html`<section class="stack"><h3>${t('fact.money')}</h3><ul class="stack">
    ${order.payments.map((payment) => html`<li key=${payment.payment_id} class="between"><span>
      ${nameOfProvider(payment.provider)} · ${t(`paid.${payment.status}`)}<br /><code class="dim">
        ${payment.payment_id}</code></span><span class="money">${format(payment.amount)}
        <${Charged} charge=${payment.charge?.amount} /></span></li>`)}
    ${order.refunds.map((refund) => html`<li key=${refund.refund_id} class="between"><span>
      ${t('track.refund')} · ${t(`refund.${refund.status}`)}<br /><span class="dim">${refund.reason}
        </span></span><span class="money">−${format(refund.amount)}
        <${Charged} charge=${refund.charge} /></span></li>`)}
    ${disputes.map((dispute) => html`<li key=${dispute.dispute_id} class="between"><span>
      ${t('dispute')} · ${t(`dispute.${dispute.status}`)}<br /><span class="dim">${dispute.reason}
        ${dispute.evidence_due_at && ` · ${t('dispute.until', { at: moment(dispute.evidence_due_at) })}`}
        </span></span><span class="money">−${format(dispute.amount)}</span></li>`)}
  </ul></section>`;
}

/** @param {{order: Order, onChange: (answer: any) => void}} props */
function Notes({ order, onChange }) {
  const [text, setText] = useState('');
  const act = useAct();
  const add = () => act.run(async () => {
    onChange(await api(`ops/orders/${order.order_id}/notes`, { body: { text }, key: newKey() }));
    setText('');
    say(t('note.added'));
  });
  return html`<form class="stack" style="gap:10px"
    onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); add(); }}>
    <${Field} label=${t('note.label')} value=${text} maxlength="500" required onInput=${setText} />
    <${Failure} error=${act.error} />
    ${text.trim() && html`<button class="button" type="submit" disabled=${act.busy}>${t('note.add')}
      </button>`}
  </form>`;
}
