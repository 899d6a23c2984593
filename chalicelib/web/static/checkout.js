/** Checkout on one page: who, how and where, the server's price, and one button that pays. */
import { html, useMemo, useRef, useState } from './dom.js';
import { Button, Empty, Failure, Notice, Skeleton, useAct } from './ui.js';
import { Icon } from './icons.js';
import { CartLines, TotalsView } from './cartview.js';
import { Conflict, SETTLED } from './conflicts.js';
import { ContactFields, FulfillmentFields, Note, missingFields, useDetails } from './details.js';
import { Closed } from './menu.js';
import { WayPicker, startPayment } from './pay.js';
import { ChargePicker, useCharges } from './charges.js';
import { cartOf, empty, estimate, lineItems, setQuantity } from './cart.js';
import { newKey } from './api.js';
import { useTrouble } from './outage.js';
import { sortProblems, useQuote } from './quote.js';
import { submit } from './outbox.js';
import { useShop, waysToPay } from './catalog.js';
import { format } from './money.js';
import { named, t } from './i18n.js';
import { go, href } from './router.js';
import { session } from './session.js';
import { useStore } from './state.js';

/** @param {{storeId: string}} props */
export function Checkout({ storeId }) {
  const { data: store, error: storeError } = useShop(storeId);
  const cart = useStore(cartOf(storeId));
  if (cart.lines.length === 0) {
    return html`<main id="main" class="narrow"><${Empty} art="🛍️" title=${t('cart.empty')}>
      <a class="button main" href=${href(['s', storeId])}>${t('cart.browse')}</a><//></main>`;
  }
  if (!store) return html`<main id="main" class="narrow">
    ${storeError ? html`<${Failure} error=${storeError} />` : html`<${Skeleton} lines=${5}
      tall=${true} />`}</main>`;
  return html`<${Form} store=${store} cart=${cart} />`;
}

/** @param {{store: any, cart: Cart}} props */
function Form({ store, cart }) {
  const storeId = store.store_id;
  const details = useDetails(store, cart);
  const signedIn = Boolean(useStore(session));
  const [asked, setAsked] = useState(false);
  const [picked, setPicked] = useState('');
  const [conflict, setConflict] = useState(/** @type {any} */ (null));
  const act = useAct();
  const ways = waysToPay(store);
  const way = ways.find((each) => each.value === picked) ?? ways[0];
  const body = useMemo(() => orderBody(storeId, cart, details), [storeId, cart, details]);
  const priced = { ...body, contact: {}, note: undefined };
  const { quote, error, fresh, again } = useQuote(priced);
  const { lines, others } = sortProblems(quote);
  const offer = useCharges(storeId, way, quote?.totals.total);
  const missing = missingFields(details, signedIn);
  const attempt = useRef({ of: '', key: '' });

  /** One key an intention: pressing twice is one order, changing the order is another.
   * @param {any} wanted */
  const keyFor = (wanted) => {
    const of = JSON.stringify(wanted);
    if (attempt.current.of !== of) attempt.current = { of, key: newKey() };
    return attempt.current.key;
  };
  /** @param {any} [changes] */
  const place = (changes = {}) => act.run(async () => {
    setAsked(true);
    setConflict(null);
    if (missing.size > 0) return focusFirstError();
    const total = fresh ? quote?.totals.total : undefined;
    const wanted = { ...body, ...(total ? { expected_total: total } : {}), ...changes };
    try {
      const order = await submit(keyFor(wanted), wanted, summaryOf(store, cart));
      empty(storeId);
      if (!order) return go(['outbox']);
      await payFor(order, way, offer.charge);
    } catch (problem) {
      if (!SETTLED.includes(/** @type {any} */ (problem).code)) throw problem;
      setConflict(problem);
    }
  });
  /** @param {{sku: string, available: number}[]} short */
  const trim = (short) => {
    for (const each of short) {
      let left = each.available;
      for (const line of cart.lines.filter((one) => one.sku === each.sku)) {
        const quantity = Math.min(line.quantity, left);
        left -= quantity;
        setQuantity(storeId, line.key, quantity);
      }
    }
    setConflict(null);
  };

  const trouble = useTrouble(storeId);
  const waits = trouble.waits || quote?.stock_checked === false;
  const unanswered = Boolean(error?.passing);
  const now = !waits && !unanswered && way?.provider !== 'on_site';
  const label = quote && fresh ? format(offer.charge?.amount ?? quote.totals.total) : '';
  return html`<main id="main" class="stack">
    <div class="row"><a class="icon-button" href=${href(['s', storeId])} aria-label=${t('back')}>
      <${Icon} name="back" /></a>
      <h1>${t('checkout')}</h1><span class="dim">${named(store.name)}</span></div>
    <${Closed} store=${store} />
    <div class="checkout">
      <form class="stack" novalidate
        onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); place(); }}>
        <section class="card"><h2>${t('checkout.how')}</h2>
          <${FulfillmentFields} store=${store} details=${details}
            missing=${asked ? missing : new Map()} /></section>
        <section class="card"><h2>${t('checkout.who')}</h2>
          ${!signedIn && html`<p class="dim" style="margin-bottom:14px">
            ${t('checkout.guest')} <a
              href=${href(['account', 'sign-in'], { next: `s/${storeId}/checkout` })}>${t('signIn')}
                </a></p>`}
          <${ContactFields} details=${details} missing=${asked ? missing : new Map()} /></section>
        <section class="card"><h2>${t('checkout.note')}</h2><${Note} details=${details} /></section>
        <section class="card"><h2>${t('pay.how')}</h2>
          ${waits || unanswered ? html`<p class="dim">${t('pay.later')}</p>` : html`
            <${WayPicker} ways=${ways} value=${way?.value} onChange=${setPicked} />
            <${ChargePicker} amount=${quote?.totals.total} offer=${offer} />`}</section>
        <button class="hidden" type="submit" tabindex="-1">${t('pay.now')}</button>
      </form>
      <aside class="card stack" aria-label=${t('checkout.summary')}>
        <h2>${t('checkout.summary')}</h2>
        <${CartLines} storeId=${storeId} cart=${cart} problems=${lines} />
        ${others.map((words) => html`<${Notice} key=${words} tone="warn" icon="warn">${words}<//>`)}
        ${unanswered ? html`<p class="between"><span>${t('checkout.estimate')}</span>
            <b class="money">${format(estimate(cart))}</b></p>`
          : quote ? html`<${TotalsView} totals=${quote.totals} />` : !error && html`<${Skeleton} lines=${3} />`}
        ${unanswered && html`<${Notice} tone="warn" icon="offline">
          ${t(error.status === 0 ? 'checkout.offline' : 'checkout.unanswered')}<//>`}
        ${error && !unanswered && html`<${Failure} error=${error} onRetry=${again} />`}
        ${waits && !unanswered && html`<${Notice} tone="warn" icon="clock">
          ${t(quote?.stock_checked === false ? 'checkout.stockUnknown' : 'checkout.later')}<//>`}
        <${Failure} error=${act.error} />
        ${asked && missing.size > 0 && html`<p class="error" role="alert">${t('checkout.missing')}</p>`}
        <${Button} kind="main" class="big wide" busy=${act.busy}
          disabled=${lines.size > 0 || Boolean(store.paused)}
          onClick=${() => place()}>
            ${t(now ? 'pay.now' : 'pay.place')} <span class="money">${label}
              </span><//>
        <p class="dim">${t('checkout.safe')}</p>
      </aside>
    </div>
    ${conflict && html`<${Conflict} problem=${conflict} totals=${quote?.totals} cart=${cart}
      onClose=${() => { setConflict(null); again(); }} onTrim=${trim}
      onAcceptPrice=${(/** @type {any} */ next) => place({ expected_total: next.totals.total })}
      onOrderAnyway=${() => place({ allow_duplicate: true })} />`}
  </main>`;
}

/** @param {string} storeId @param {Cart} cart @param {any} details */
function orderBody(storeId, cart, details) {
  return {
    store_id: storeId,
    channel: cart.table ? 'qr' : 'web',
    fulfillment: details.fulfillment(),
    line_items: lineItems(cart),
    contact: details.contact(),
    ...(details.values.note ? { note: details.values.note } : {}),
  };
}

/** @param {any} store @param {Cart} cart */
function summaryOf(store, cart) {
  const names = cart.lines.map((line) => `${line.quantity} × ${named(line.name)}`).join(', ');
  return `${named(store.name)}: ${names}`;
}

/** The order stands whatever becomes of the payment; its page offers to pay again.
 * @param {Order} order @param {any} way @param {Charge} [charge] */
async function payFor(order, way, charge) {
  if (!way || order.status === 'received') return go(['o', order.order_id]);
  try {
    await startPayment(order.order_id, way, charge);
  } catch {
    go(['o', order.order_id], { unpaid: '1' });
  }
  return undefined;
}

function focusFirstError() {
  setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector('.wrong input'))?.focus(), 50);
}
