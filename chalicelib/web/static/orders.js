/** My orders: those of the account, page by page, and those that this browser placed as a guest. */
import { html, useEffect, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Skeleton } from './ui.js';
import { api, asHolder } from './api.js';
import { format } from './money.js';
import { language, moment, named, t } from './i18n.js';
import { href } from './router.js';
import { heldOrders } from './outbox.js';
import { outbox } from './outboxstore.js';
import { guestOrders, session } from './session.js';
import { useStore } from './state.js';

const GUEST_ORDERS_MAX = 10;
/** @type {Record<string, string>} */
export const TONES = {
  received: 'info', placed: 'warn', confirmed: 'info', accepted: 'info', preparing: 'info',
  ready: 'good', shipped: 'good', completed: 'plain', canceled: 'plain', rejected: 'danger',
};

export function Orders() {
  const signedIn = Boolean(useStore(session));
  const spoken = useStore(language);
  useStore(outbox);
  const [orders, setOrders] = useState(/** @type {any[] | null} */ (null));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));

  /** @param {string} [from] */
  const load = async (from) => {
    try {
      const query = new URLSearchParams({ limit: '20', ...(from ? { cursor: from } : {}) });
      const page = await (signedIn ? api(`orders?${query}`) : loadGuests());
      setOrders((old) => [...(from ? old ?? [] : []), ...page.items]);
      setCursor(page.next_cursor);
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  useEffect(() => void load(), [signedIn, spoken]);

  const held = heldOrders().filter((each) => !orders?.some((order) => order.order_id === each.order_id));
  const shown = orders || held.length > 0 ? [...held, ...(orders ?? [])] : null;
  return html`<main id="main" class="narrow stack"><div class="between"><h1>${t('orders')}</h1>
      ${signedIn && html`<a href="#/invoices">${t('invoices')}</a>`}</div>
    <${Failure} error=${error} onRetry=${() => load()} />
    ${!shown && !error && html`<${Skeleton} lines=${4} tall=${true} />`}
    ${shown?.length === 0 && html`<${Empty} art="🧾" title=${t('orders.none')}>
      <a class="button main" href="#/">${t('cart.browse')}</a><//>`}
    ${shown && shown.length > 0 && html`<ul class="card list">
      ${shown.map((order) => html`<li key=${order.order_id}><${Row} order=${order} /></li>`)}</ul>`}
    ${cursor && html`<${Button} onClick=${() => load(cursor)}>${t('more')}<//>`}
    ${!signedIn && html`<p class="dim">
      ${t('orders.guest')} <a href=${href(['account', 'sign-in'], { next: 'orders' })}>${t('signIn')}
        </a></p>`}
  </main>`;
}

/** Orders that are gone or not ours any more are left out. */
async function loadGuests() {
  const asked = guestOrders().slice(0, GUEST_ORDERS_MAX).map((id) => api(`orders/${id}`, asHolder(id)));
  const answers = await Promise.allSettled(asked);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const failure = answers.find((answer) => answer.status === 'rejected' && answer.reason.passing);
  if (found.length === 0 && failure?.status === 'rejected') throw failure.reason;
  return { items: found, next_cursor: null };
}

/** @param {{order: any}} props */
function Row({ order }) {
  const lines = /** @type {LineItem[]} */ (order.line_items);
  const names = lines.map((line) => `${line.quantity} × ${named(line.name)}`).join(', ');
  return html`<a href=${href(['o', order.order_id])}>
    <span><b class="number">${order.number}</b> <${Badge} tone=${TONES[order.status]}>
      ${t(`status.${order.status}`)}<//>
      <br /><span class="dim">${moment(order.placed_at)}${names && ` · ${names}`}</span></span>
    <b class="money">${format(order.totals?.total ?? order.total)}</b></a>`;
}
