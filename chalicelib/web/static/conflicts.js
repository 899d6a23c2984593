/** What stands between a customer and an order: a changed price, short stock, a likely duplicate. */
import { html } from './dom.js';
import { Button, Dialog } from './ui.js';
import { TotalsView } from './cartview.js';
import { format } from './money.js';
import { moment, named, t } from './i18n.js';
import { href } from './router.js';

/** The refusals that a dialog can settle; all others are shown as they are. */
export const SETTLED = ['price_changed', 'out_of_stock', 'possible_duplicate', 'store_closed'];

/** @param {any} props */
export function Conflict({ problem, totals, cart, onClose, onAcceptPrice, onTrim, onOrderAnyway }) {
  const about = problem.document;
  const close = html`<${Button} onClick=${onClose}>${t('back')}<//>`;
  if (problem.code === 'price_changed') {
    const quote = about.quote ?? about;
    const actions = html`${close}<${Button} kind="main" onClick=${() => onAcceptPrice(quote)}>
      ${t('conflict.accept')}<//>`;
    return html`<${Dialog} title=${t('conflict.price')} onClose=${onClose} actions=${actions}>
      <p>${t('conflict.priceWords')}</p>
      ${totals && quote.totals && html`<p class="row"><s class="dim money">${format(totals.total)}</s>
        <b class="money">${format(quote.totals.total)}</b></p>`}
      ${quote.totals && html`<${TotalsView} totals=${quote.totals} />`}<//>`;
  }
  if (problem.code === 'out_of_stock') {
    const short = shortLines(about, cart);
    const actions = html`${close}<${Button} kind="main" onClick=${() => onTrim(short)}>
      ${t('conflict.trim')}<//>`;
    return html`<${Dialog} title=${t('conflict.stock')} onClose=${onClose} actions=${actions}>
      <p>${t('conflict.stockWords')}</p>
      <ul class="stack">
        ${short.map((/** @type {any} */ line) => html`<li class="between" key=${line.sku}>
        <b>${named(line.name)}</b><span>${line.wanted} → ${line.available}</span></li>`)}</ul><//>`;
  }
  if (problem.code === 'possible_duplicate') {
    const actions = html`<a class="button" href=${href(['o', about.order_id ?? ''])}>
      ${t('conflict.seeFirst')}</a>
      <${Button} kind="main" onClick=${onOrderAnyway}>${t('conflict.orderAnyway')}<//>`;
    return html`<${Dialog} title=${t('conflict.duplicate')} onClose=${onClose} actions=${actions}>
      <p>${t('conflict.duplicateWords')}</p><//>`;
  }
  const opens = about.next_opening_at ?? about.next_opening;
  return html`<${Dialog} title=${t('conflict.closed')} onClose=${onClose} actions=${close}>
    <p>${problem.message}</p>${opens && html`<p>${t('store.opens', { time: moment(opens) })}</p>`}<//>`;
}

/** What is short, in the cart's names. @param {any} about @param {Cart} cart */
function shortLines(about, cart) {
  const short = about.items ?? about.shortages ?? about.skus ?? [];
  return short.map((/** @type {any} */ each) => {
    const lines = cart.lines.filter((line) => line.sku === each.sku);
    return {
      sku: each.sku,
      available: each.available ?? 0,
      name: lines[0]?.name ?? each.sku,
      wanted: lines.reduce((sum, line) => sum + line.quantity, 0),
    };
  });
}
