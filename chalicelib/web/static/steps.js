/** Where an order stands: its steps with their times, and every event in words. */
import { html } from './dom.js';
import { Icon } from './icons.js';
import { nameOfStaff } from './colleagues.js';
import { format } from './money.js';
import { nameOfProvider } from './pay.js';
import { known, moment, t, time, worded } from './i18n.js';

/** @type {Record<string, [string, string][]>} */
const STEPS = {
  pickup: [['placed', 'order.placed'], ['confirmed', 'order.confirmed'], ['accepted', 'order.accepted'],
    ['preparing', 'order.preparing'], ['ready', 'order.ready'], ['completed', 'order.completed']],
  delivery: [['placed', 'order.placed'], ['confirmed', 'order.confirmed'], ['accepted', 'order.accepted'],
    ['preparing', 'order.preparing'], ['shipped', 'order.shipped'], ['completed', 'order.completed']],
};

/** @param {{order: Order}} props */
export function Steps({ order }) {
  const type = order.fulfillment.type;
  const steps = STEPS[type === 'delivery' ? 'delivery' : 'pickup'];
  const at = steps.findIndex(([status]) => status === stepOf(order, type));
  return html`<ol class="steps" aria-label=${t('track.steps')}>${steps.map(([status, event], i) => {
    const done = i < at || order.status === 'completed';
    const happened = order.events.findLast((each) => each.type === event);
    return html`<li key=${status} class=${done ? 'done' : i === at ? 'now' : ''}
      aria-current=${i === at ? 'step' : undefined}>
      <span class="dot">${done && html`<${Icon} name="check" />`}</span>
      <span>${t(`step.${status}${status === 'completed' ? `.${type}` : ''}`)}</span>
      ${happened && html`<time datetime=${happened.at}>${time(happened.at)}</time>`}
    </li>`;
  })}</ol>`;
}

/** The step that a status belongs to; a delivery that is packed still waits for its rider.
 * @param {Order} order @param {string} type */
function stepOf(order, type) {
  if (type === 'delivery' && order.status === 'ready') return 'preparing';
  return order.status;
}

/** @param {{events: OrderEvent[], staff?: boolean}} props */
export function Timeline({ events, staff = false }) {
  const placed = events.some((event) => event.type === 'order.placed');
  const told = events.filter((event) => staff || !event.type.startsWith('payment.fee_'));
  return html`<ol class="timeline">
    ${told.reverse().map((event) => html`<li key=${event.event_id}>
    <b>${nameOf(event, staff, placed)}</b> <time class="dim" datetime=${event.at}>${moment(event.at)}</time>
    ${staff && html`<div class="dim">${nameOfActor(event)} · v${event.version}</div>`}
    ${detailOf(event) && html`<div class="dim">${detailOf(event)}</div>`}
  </li>`)}</ol>`;
}

/** @param {OrderEvent} event @param {boolean} staff @param {boolean} placed */
function nameOf(event, staff, placed) {
  if (event.type === 'order.rejected' && !placed) return t('event.order.unplaced');
  if (staff && known(`event.staff.${event.type}`)) return t(`event.staff.${event.type}`);
  const isCredit = event.type === 'invoice.issued' && event.data?.kind === 'credit_note';
  return isCredit ? t('event.credit_note') : worded('event', event.type);
}

/** Who it was, in words. @param {{actor: any}} line */
export function nameOfActor({ actor }) {
  if (actor.type === 'staff') return nameOfStaff(String(actor.id ?? ''));
  const id = String(actor.id ?? '').replace(/^[a-z_]+:/, '');
  const named = { provider: nameOfProvider(id), system: worded('rule', id), carrier: id };
  return [worded('actor', actor.type), named[/** @type {keyof typeof named} */ (actor.type)]]
    .filter(Boolean).join(' · ');
}

/** @param {OrderEvent} event */
function detailOf(event) {
  const data = event.data ?? {};
  const amount = data.amount?.currency ? format(data.amount) : '';
  if (event.type.startsWith('einvoice.')) return data.fault ? t(`einvoice.fault.${data.fault}`) : data.number ?? '';
  const provider = data.provider ? nameOfProvider(data.provider) : '';
  const isInvoice = event.type === 'invoice.issued';
  const reason = data.reason && worded(isInvoice ? 'invoices.reason' : 'cancel', data.reason);
  const asked = data.question_id && [data.kind && t(`question.kind.${data.kind}`),
    data.choice && worded('question.choice', data.choice)].filter(Boolean).join(' · ');
  return [data.number, amount, reason?.replace(/[.。]$/, '') ?? data.note ?? data.text ?? asked, provider].filter(Boolean).join(' · ');
}
