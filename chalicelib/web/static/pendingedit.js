/** A change to a paid order that waits for its difference: what it would be, what it costs, and until when. */
import { html } from './dom.js';
import { Notice } from './ui.js';
import { format, withAmount } from './money.js';
import { moment, named, t } from './i18n.js';

/** What a payment would take now: what is due, and the difference of a change that waits.
 * @param {Order} order @returns {Money} */
export function payable(order) {
  const due = order.amount_due ?? order.totals.total;
  const raised = order.pending_edit
    ? order.pending_edit.totals.total.amount_minor - order.totals.total.amount_minor : 0;
  return withAmount(due, due.amount_minor + raised);
}

/** @param {{order: Order, staff?: boolean}} props */
export function PendingEdit({ order, staff = false }) {
  const edit = order.pending_edit;
  if (!edit) return null;
  const stem = staff ? 'edit.staff' : 'edit';
  return html`<${Notice} tone="warn" icon="clock"><div class="stack" style="gap:8px">
    <p><b>${t(`${stem}.waits`)}</b></p>
    <p>${t(`${stem}.words`, { amount: format(payable(order)), time: moment(edit.expires_at) })}</p>
    <ul>${edit.line_items.map((line) => html`<li key=${line.line_id}>${line.quantity} × ${named(line.name)}</li>`)}</ul>
    <p class="between"><span>${t('edit.total')}</span><span class="row nowrap"><s class="dim money">
      ${format(order.totals.total)}</s> <b class="money">${format(edit.totals.total)}</b></span></p></div><//>`;
}
