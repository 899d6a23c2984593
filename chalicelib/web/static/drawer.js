/** One order in full, for staff: goods, people, money, history, and everything one can do. */
import { html, useState } from './dom.js';
import { Badge, Button, Dialog, Failure, Field, Skeleton, say, useAct } from './ui.js';
import { OrderDialog } from './acts.js';
import { AskDialog, askable } from './asking.js';
import { Asked } from './asked.js';
import { Document, canMail } from './invoices.js';
import { OrderLog } from './orderlog.js';
import { RefundDialog } from './refunding.js';
import { Timeline } from './steps.js';
import { TotalsView } from './cartview.js';
import { TONES } from './orders.js';
import { canDo, may, nextStep, otherSteps, owes, refundable, take } from './staff.js';
import { api, newKey } from './api.js';
import { format } from './money.js';
import { MoneyLines } from './moneylines.js';
import { PendingEdit } from './pendingedit.js';
import { moment, named, t, worded } from './i18n.js';
import { href } from './router.js';
import { useWatch } from './watch.js';

/** @type {Record<string, any>} */
const DIALOGS = { refund: RefundDialog, ask: AskDialog };
const ASKING = ['reject', 'cancel', 'ship'];

/** `ask` opens at once the dialog that asks the customer about it.
 * @param {{orderId: string, ask?: string, onClose: () => void, onChange: () => void}} props */
export function OrderDrawer({ orderId, ask = '', onClose, onChange }) {
  const watched = useWatch(`orders/${orderId}`, { everyMs: 5000 });
  const order = watched.data;
  const [dialog, setDialog] = useState(ask && 'ask');
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
    ${order && html`<${Asked} order=${order} onChange=${changed} />
      <${PendingEdit} order=${order} staff=${true} />
      <${Facts} order=${order} />
      <${Goods} order=${order} />
      <div class="row">
        ${askable(order).length > 0 && html`<${Button} icon="ask"
          onClick=${() => setDialog('ask')}>${t('ask')}<//>`}
        ${!['completed', 'canceled', 'rejected'].includes(order.status) && may('clerk') && html`<${Button}
          icon="clock" onClick=${() => setDialog('promise')}>${t('promise.move')}<//>`}
        ${refundable(order) > 0 && may('support') && html`<${Button}
          onClick=${() => setDialog('refund')}>${t('refund')}<//>`}
        ${order.fulfillment.type === 'delivery' && order.status === 'shipped' && may('clerk') && html`<${Button}
          onClick=${() => setDialog('shipments')}>${t('shipment.add')}<//>`}
        ${may('support') && html`<a class="button" href=${href(['messages'], { order_id: orderId })}>
          ${t('messages')}</a>`}
      </div>
      <${MoneyLines} order=${order} staff=${true} />
      ${order.invoices.length > 0 && html`<section class="stack"><h3>${t('invoices')}</h3>
        ${order.invoices.map((/** @type {any} */ each) => html`<${Document} key=${each.invoice_id}
          invoice=${each} of=${order.invoices} mailed=${canMail(order)} staff=${may('clerk')} />`)}</section>`}
      <${Notes} order=${order} onChange=${changed} />
      <section class="stack"><h3>${t('track.history')}</h3>
        <${Timeline} events=${order.events} staff=${true} /></section>
      <${OrderLog} orderId=${orderId} version=${order.version} />`}
    ${dialog && order && html`<${DIALOGS[dialog] ?? OrderDialog} kind=${dialog} about=${ask} order=${order}
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
      ${row('field.note', order.note)} ${row('track.reason', order.cancel_reason && worded('cancel', order.cancel_reason))}
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
