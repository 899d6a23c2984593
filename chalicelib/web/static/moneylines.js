/** What was paid for an order, what went back, and what a bank still decides about: line by line, and in the end. */
import { html } from './dom.js';
import { Badge } from './ui.js';
import { Charged } from './charges.js';
import { format } from './money.js';
import { moment, t, worded } from './i18n.js';
import { nameOfProvider } from './pay.js';

/** @type {Record<string, string>} */
const TONES = {
  captured: 'good', succeeded: 'good', won: 'good', failed: 'danger', lost: 'danger', pending: 'warn', authorized: 'warn',
  open: 'warn',
};
/** Tries that came to nothing and took nothing; their customer need not tell them apart. */
const VOID = ['expired', 'canceled'];

/** @param {{order: Order, staff?: boolean}} props */
export function MoneyLines({ order, staff = false }) {
  const payments = order.payments.filter((payment) => staff || !VOID.includes(payment.status));
  const disputes = order.disputes ?? [];
  if (payments.length + order.refunds.length === 0) return null;
  return html`<section class=${staff ? 'stack' : 'card stack'}>
    ${staff ? html`<h3>${t('money.title')}</h3>` : html`<h2>${t('money.title')}</h2>`}
    <ul class="stack money-lines">
      ${payments.map((payment) => html`<${Line} key=${payment.payment_id} name=${nameOfProvider(payment.provider)}
        word="paid" status=${payment.status} amount=${format(payment.amount)} charge=${payment.charge?.amount}
        none=${['failed', ...VOID].includes(payment.status)}
        more=${staff ? html`<code>${payment.payment_id}</code> ${worded('cancel', payment.failure_reason ?? '')}` : payment.status === 'failed' && t('money.nothing')} />`)}
      ${order.refunds.map((refund) => html`<${Line} key=${refund.refund_id} name=${t('track.refund')} word="refund"
        status=${refund.status} amount=${`−${format(refund.amount)}`} charge=${refund.charge}
        none=${refund.status === 'failed'} more=${staff ? [refund.reason, refund.failure_reason].filter(Boolean).map((word) => worded('cancel', word)).join(' · ') : moment(refund.created_at)} />`)}
      ${disputes.map((dispute) => html`<${Line} key=${dispute.dispute_id} name=${t('dispute')} word="dispute"
        status=${dispute.status} amount=${`−${format(dispute.amount)}`} none=${dispute.status === 'won'}
        more=${staff && [dispute.reason && worded('dispute.reason', dispute.reason), dispute.status === 'open' && dispute.evidence_due_at
          && t('dispute.until', { at: moment(dispute.evidence_due_at) })].filter(Boolean).join(' · ')} />`)}
    </ul>
    <${InTheEnd} order=${order} /></section>`;
}

/** `none` is of what moved no money in the end. @param {any} props */
const Line = ({ name, word, status, amount, charge, none, more }) => html`<li>
  <div class="between"><span>${name} <${Badge} tone=${TONES[status]}>${t(`${word}.${status}`)}<//></span>
    <span class="money right">${none ? html`<s class="dim">${amount}</s>` : amount}
      <${Charged} charge=${charge} /></span></div>
  ${more && html`<p class="dim">${more}</p>`}</li>`;

/** What is left with the store, where that is not simply what was paid. @param {{order: Order}} props */
function InTheEnd({ order }) {
  const sum = (/** @type {{amount: Money}[]} */ items) => items.reduce((all, each) => all + each.amount.amount_minor, 0);
  const paid = order.payments.filter((payment) => payment.status === 'captured');
  const back = order.refunds.filter((refund) => refund.status !== 'failed');
  const lost = (order.disputes ?? []).filter((dispute) => dispute.status !== 'won');
  if (paid.length === 0 || paid.length + back.length + lost.length < 2) return null;
  const amount_minor = sum(paid) - sum(back) - sum(lost);
  return html`<div class="totals"><div class="grand"><span>${t('money.kept')}</span><span class="money">
    ${format({ ...order.totals.total, amount_minor })}</span></div></div>`;
}
