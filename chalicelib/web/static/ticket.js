/** An order on the board, as a kitchen ticket: what, for whom, how long already, and the next step. */
import { html } from './dom.js';
import { Badge, Button, Failure, useAct } from './ui.js';
import { Icon } from './icons.js';
import { canDo, nextStep, owes, take } from './staff.js';
import { format } from './money.js';
import { ago, named, t, time } from './i18n.js';

const LINES_SHOWN = 4;
const ICONS = { delivery: 'bike', pickup: 'bag', dine_in: 'table' };

/** @param {{order: any, now: number, onOpen: () => void, onChange: () => void}} props */
export function Ticket({ order, now, onOpen, onChange }) {
  const act = useAct();
  const { table } = order.fulfillment;
  const step = nextStep(order);
  const late = order.promised_at && Date.parse(order.promised_at) < now && order.status !== 'placed';
  const lines = order.line_items.slice(0, LINES_SHOWN);
  const more = order.line_items.length - lines.length;
  const go = () => act.run(async () => {
    try {
      await take(order, /** @type {string} */ (step));
    } finally {
      onChange();
    }
  });
  return html`<article class=${`card ticket ${late ? 'late' : ''}`}
    aria-label=${`${t('order')} ${order.number}`}>
    <header class="between">
      <button type="button" id=${`o-${order.order_id}`} class="open number" onClick=${onOpen}>
        ${order.number}</button>
      <${Badge} tone=${late ? 'danger' : 'plain'}><${Icon} name="clock" />
        ${ago(order.placed_at, now)}<//>
    </header>
    <p class="row"><${Icon} name=${ICONS[/** @type {keyof typeof ICONS} */ (order.fulfillment.type)]} />
      <b>${table ? t('table', { table }) : t(`fulfillment.${order.fulfillment.type}`)}</b>
      ${order.contact?.name && html`<span class="dim">${order.contact.name}</span>`}</p>
    <ul>${lines.map((/** @type {LineItem} */ line) => html`<li key=${line.line_id}><b>
      ${line.quantity} ×</b> ${named(line.name)}
      ${line.options?.length > 0 && html` <span class="dim">
        ${line.options.map((option) => named(option.name)).join(' · ')}</span>`}</li>`)}
      ${more > 0 && html`<li class="dim">${t('ticket.more', { n: more })}</li>`}</ul>
    ${order.note && html`<p class="said">“${order.note}”</p>`}
    <p class="between"><span class="money">${format(order.totals.total)}</span>
      ${owes(order) ? html`<${Badge} tone="warn">
        ${t('ticket.due', { amount: format(order.amount_due) })}<//>`
        : html`<${Badge} tone=${order.payment_status === 'paid' ? 'good' : 'plain'}>
          ${t(`payment.${order.payment_status}`)}<//>`}</p>
    ${order.promised_at && html`<p class=${late ? 'error' : 'dim'}>
      ${t(late ? 'ticket.late' : 'ticket.promised', { time: time(order.promised_at) })}</p>`}
    <${Failure} error=${act.error} />
    ${step && canDo(step) && html`<${Button} kind="main" class="wide" busy=${act.busy} onClick=${go}>
      ${t(`step.do.${step}`)}<//>`}
  </article>`;
}
