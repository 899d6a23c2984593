/** The shop's frame: header, offline bar, and the screen that the address asks for. */
import { html, mount, useEffect, useState } from './dom.js';
import { Badge, Empty, Failure, Skeleton, Toasts, skipToMain } from './ui.js';
import { Icon } from './icons.js';
import { Tile } from './tile.js';
import { Account } from './account.js';
import { Attention } from './attention.js';
import { CartPage } from './cartview.js';
import { Checkout } from './checkout.js';
import { Inbox, useInbox } from './inbox.js';
import { LanguageSwitch } from './language.js';
import { MyInvoices } from './invoices.js';
import { Closed, Menu } from './menu.js';
import { Orders } from './orders.js';
import { Outage } from './outage.js';
import { Track } from './track.js';
import { useStores } from './catalog.js';
import { language, loadTexts, named, t } from './i18n.js';
import { startOutbox } from './outbox.js';
import { outbox } from './outboxstore.js';
import { renewDevice } from './push.js';
import { ROOT, href, useRoute } from './router.js';
import { goOn } from './pay.js';
import { useStore } from './state.js';
import { begunBefore } from './wechat.js';

function Shop() {
  useStore(language);
  const { path, query } = useRoute();
  const inbox = useInbox();
  return html`<a class="skip" href="#main" onClick=${skipToMain}>${t('skip')}</a>
    <${Top} unread=${inbox.unread} />
    <${Offline} />
    <${Outage} storeId=${path[0] === 's' ? path[1] : undefined} />
    <${Screen} path=${path} query=${query} inbox=${inbox} />
    <${Toasts} />`;
}

/** @param {{path: string[], query: URLSearchParams, inbox: any}} props */
function Screen({ path, query, inbox }) {
  const [head, id, part] = path;
  if (head === 's' && part === 'cart') return html`<${CartPage} storeId=${id} />`;
  if (head === 's' && part === 'checkout') return html`<${Checkout} storeId=${id} />`;
  if (head === 's') return html`<${Menu} key=${id} storeId=${id} query=${query} />`;
  if (head === 'o') return html`<${Track} key=${id} orderId=${id} query=${query} />`;
  if (head === 'orders') return html`<${Orders} />`;
  if (head === 'invoices') return html`<${MyInvoices} />`;
  if (head === 'outbox') return html`<${Attention} />`;
  if (head === 'inbox') return html`<${Inbox} inbox=${inbox} />`;
  if (head === 'account') return html`<${Account} key=${id} mode=${id} query=${query} />`;
  return html`<${Stores} />`;
}

/** @param {{unread: number}} props */
function Top({ unread }) {
  return html`<header class="top"><div class="top-in">
    <a class="brand" href="#/" aria-label="Docket"><img src=${import.meta.resolve('./icon.svg')} alt="" />
      <span>Docket</span></a>
    <a class="icon-button" href="#/orders" aria-label=${t('orders')} title=${t('orders')}>
      <${Icon} name="receipt" /></a>
    <a class="icon-button" href="#/inbox"
      aria-label=${unread ? t('inbox.unread', { n: unread }) : t('inbox')} title=${t('inbox')}>
      <${Icon} name="bell" />
        ${unread > 0 && html`<span class="count" aria-hidden="true">${unread}</span>`}</a>
    <a class="icon-button" href="#/account" aria-label=${t('account')} title=${t('account')}>
      <${Icon} name="user" /></a>
    <${LanguageSwitch} />
  </div></header>`;
}

function Offline() {
  const [online, setOnline] = useState(navigator.onLine);
  const entries = useStore(outbox);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  const waiting = entries.filter((entry) => ['waiting', 'withdrawn'].includes(entry.state)).length;
  const refused = entries.filter((entry) => ['refused', 'late'].includes(entry.state)).length;
  const received = entries.filter((entry) => entry.state === 'received').length;
  const sent = entries.filter((entry) => entry.state === 'sent').length;
  if (online && entries.length === 0) return html`<div role="status"></div>`;
  return html`<div class="offline-bar" role="status">
    ${!online && html`<${Icon} name="offline" /><span>${t('offline')}</span>`}
    ${entries.length > 0 && html`<a href="#/outbox">${[
      refused && t('outbox.barRefused', { n: refused }),
      waiting && t('outbox.barWaiting', { n: waiting }),
      received && t('outbox.barReceived', { n: received }),
      sent && t('outbox.barSent', { n: sent }),
    ].filter(Boolean).join(' · ')}</a>`}
  </div>`;
}

function Stores() {
  const { stores, error, loading, refresh } = useStores();
  useEffect(() => {
    document.title = 'Docket';
  }, []);
  return html`<main id="main" class="stack"><h1>${t('stores')}</h1>
    ${!stores && html`<${Failure} error=${error} onRetry=${refresh} />`}
    ${loading && html`<${Skeleton} lines=${2} tall=${true} />`}
    ${stores?.length === 0 && html`<${Empty} art="🏪" title=${t('stores.none')} />`}
    <div class="stores">
      ${stores?.map((store) => html`<a key=${store.store_id} class="card store-card"
        href=${href(['s', store.store_id])}>
      <${Tile} name=${store.fulfillment_types.includes('dine_in') ? 'noodle' : 'apple'} />
      <div class="stack" style="gap:8px"><h2>${named(store.name)}</h2>
        ${named(store.address) && html`<p class="dim">${named(store.address)}</p>`}
        <div class="row" style="gap:6px">
          ${store.fulfillment_types.map((type) => html`<${Badge} key=${type}>${t(`fulfillment.${type}`)}
            <//>`)}</div>
        <${Closed} store=${store} /></div></a>`)}</div>
  </main>`;
}

/** What other systems append to the address becomes the address of a screen. */
function readArrival() {
  const [, storeId, table] = /\/t\/([^/]+)\/([^/?]+)/.exec(location.pathname) ?? [];
  const orderId = new URLSearchParams(location.search).get('o');
  const target = storeId ? href(['s', decodeURIComponent(storeId)], { table: decodeURIComponent(table) })
    : orderId ? href(['o', orderId]) : null;
  if (target) history.replaceState(null, '', ROOT.pathname + target);
  if (target) dispatchEvent(new HashChangeEvent('hashchange'));
}

const begun = begunBefore();
readArrival();
await loadTexts('shop');
startOutbox();
mount(html`<${Shop} />`);
if (begun) void goOn(begun);
if ('serviceWorker' in navigator) navigator.serviceWorker.register(new URL('sw.js', ROOT));
renewDevice().catch(() => undefined); // tried again at the next start
