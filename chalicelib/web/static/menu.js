/** A store's menu: categories that follow the scroll, search as you type, and the cart beside. */
import { html, useEffect, useMemo, useState } from './dom.js';
import { Badge, Empty, Failure, Notice, Skeleton, say } from './ui.js';
import { Icon } from './icons.js';
import { Tile } from './tile.js';
import { ProductSheet } from './product.js';
import { CartLines, Stepper } from './cartview.js';
import { add, cartOf, countOf, estimate, mostOf, setQuantity, sitAt } from './cart.js';
import { byCategory, useProducts, useSearch, useShop } from './catalog.js';
import { format } from './money.js';
import { moment, named, t } from './i18n.js';
import { href, replace } from './router.js';
import { useStore } from './state.js';

const FEW = 5;

/** @param {{storeId: string, query: URLSearchParams}} props */
export function Menu({ storeId, query }) {
  const { data: store, error: storeError } = useShop(storeId);
  const { products, error, retry } = useProducts(storeId);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(/** @type {Product | null} */ (null));
  const found = useSearch(storeId, text, products);
  const cart = useStore(cartOf(storeId));
  const groups = useMemo(() => byCategory(products ?? []), [products]);
  const current = useScrollSpy(groups.length);
  const table = query.get('table');

  useEffect(() => {
    if (!table) return;
    sitAt(storeId, table);
    replace(['s', storeId]);
  }, [table]);
  useEffect(() => {
    if (store) document.title = `${named(store.name)} · Docket`;
  }, [store]);

  if (storeError?.status === 404) return html`<main><${Failure} error=${storeError} /></main>`;
  const shown = found ? [{ name: '', products: found }] : groups;
  return html`<main id="main"><div class="shop">
    <nav class="rail" aria-label=${t('menu.categories')} hidden=${Boolean(found)}>
      ${groups.map((group, i) => html`<a key=${i} href=${`#c${i}`} aria-current=${String(i === current)}
        onClick=${(/** @type {Event} */ event) => jump(event, i)}>${named(group.name)}</a>`)}
    </nav>
    <div class="stack">
      <${StoreHead} store=${store} cart=${cart} storeId=${storeId} />
      <div class="search"><${Icon} name="search" />
        <input type="search" aria-label=${t('menu.search')} placeholder=${t('menu.search')}
          value=${text}
          onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      </div>
      ${products?.some((each) => each.available === null) && html`<p class="dim">${t('menu.stockUnknown')}</p>`}
      ${!products && error && html`<${Failure} error=${error} onRetry=${retry} />`}
      ${!products && !error && html`<${Skeleton} lines=${6} tall=${true} />`}
      ${products?.length === 0 && html`<${Empty} title=${t('menu.empty')} />`}
      <div aria-live="polite" class=${found ? '' : 'hidden'}>
        ${found && t('menu.found', { n: found.length })}</div>
      ${found?.length === 0 && html`<${Empty} art="🔍" title=${t('menu.none')}>
        ${t('menu.noneHint')}<//>`}
      ${shown.map((group, i) => html`<section class="section" id=${`c${i}`} key=${i}>
        ${!found && html`<h2>${named(group.name)}</h2>`}
        <div class="products">${group.products.map((product) => html`<${Card} key=${product.sku}
          product=${product} storeId=${storeId} cart=${cart}
            onOpen=${() => setOpen(product)} />`)}</div>
      </section>`)}
    </div>
    <aside class="panel" aria-label=${t('cart')}><div class="card">
      <h2>${t('cart')}</h2>
      ${cart.lines.length === 0 ? html`<p class="dim">${t('cart.empty')}</p>`
        : html`<${CartLines} storeId=${storeId} cart=${cart} />
          <a class="button main big wide" href=${href(['s', storeId, 'checkout'])}>
            ${t('cart.checkout')} · <span class="money">${format(estimate(cart))}</span></a>`}
    </div></aside>
  </div>
  ${cart.lines.length > 0 && html`<div class="cart-bar">
    <a class="button main big" href=${href(['s', storeId, 'cart'])}>
    <span>${t('cart.view', { n: countOf(cart) })}</span><span class="money">${format(estimate(cart))}
      </span></a></div>`}
  ${open && html`<${ProductSheet} product=${open} storeId=${storeId} products=${products}
    onClose=${() => setOpen(null)} />`}
  </main>`;
}

/** @param {{store: any, storeId: string, cart: Cart}} props */
function StoreHead({ store, storeId, cart }) {
  if (!store) return html`<${Skeleton} lines=${1} />`;
  return html`<div class="menu-head">
    <h1>${named(store.name)}</h1>
    <div class="row">
      ${store.fulfillment_types?.map((/** @type {string} */ type) => html`<${Badge} key=${type}>
        ${t(`fulfillment.${type}`)}<//>`)}
      ${cart.table && html`<${Badge} tone="good"><${Icon} name="table" />
        ${t('table', { table: cart.table })}
        <button type="button" class="icon-button" style="width:28px;height:28px"
          aria-label=${t('table.leave')}
          onClick=${() => sitAt(storeId, '')}><${Icon} name="close" /></button><//>`}
    </div>
    <${Closed} store=${store} />
  </div>`;
}

/** Why a store takes no orders now, if it does not. @param {{store: any}} props */
export function Closed({ store }) {
  if (store?.paused) {
    return html`<${Notice} tone="warn" icon="pause"><p><b>${t('store.paused')}
      </b> ${store.pause_reason}</p>
      ${store.paused_until && html`<p>${t('store.until', { time: moment(store.paused_until) })}
        </p>`}<//>`;
  }
  if (store?.open !== false) return null;
  return html`<${Notice} tone="warn" icon="clock">
    ${t('store.closed')} ${store.next_opening_at && t('store.opens', { time: moment(store.next_opening_at) })}<//>`;
}

/** @param {{product: Product, storeId: string, cart: Cart, onOpen: () => void}} props */
function Card({ product, storeId, cart, onOpen }) {
  const most = mostOf(product);
  const gone = most <= 0;
  const plain = product.options.length === 0;
  const line = plain && cart.lines.find((each) => each.sku === product.sku);
  const name = named(product.name);
  const quickly = () => {
    add(storeId, product, 1);
    say(t('cart.added', { name }));
  };
  return html`<article class=${`card product ${gone ? 'gone' : ''}`}>
    <${Tile} name=${name} image=${product.images[0]} />
    <div class="product-text">
      <h3><button type="button" onClick=${onOpen}>${name}</button></h3>
      <p class="about">${named(product.description)}</p>
      <div class="foot">
        <div><span class="price money">${format(product.price)}</span>
          ${gone && html` <${Badge}>${t('product.gone')}<//>`}
          ${!gone && most <= FEW && html` <${Badge} tone="warn">
            ${t('product.few', { n: most })}<//>`}
        </div>
        ${!gone && (line ? html`<${Stepper} name=${name} value=${line.quantity} max=${most}
            onChange=${(/** @type {number} */ n) => setQuantity(storeId, line.key, n)} />`
          : html`<button class="add" type="button"
            aria-label=${t(plain ? 'product.add' : 'product.choose', { name })}
            onClick=${plain ? quickly : onOpen}><${Icon} name="plus" /></button>`)}
      </div>
    </div>
  </article>`;
}

/** @param {Event} event @param {number} i */
function jump(event, i) {
  event.preventDefault();
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  document.getElementById(`c${i}`)?.scrollIntoView({ behavior: calm ? 'auto' : 'smooth' });
}

/** Which section the reader is at; its entry in the rail stays in sight. @param {number} sections */
function useScrollSpy(sections) {
  const [current, setCurrent] = useState(0);
  useEffect(() => {
    const look = () => {
      const tops = Array.from({ length: sections }, (_, i) =>
        document.getElementById(`c${i}`)?.getBoundingClientRect().top ?? Infinity);
      const at = tops.findLastIndex((top) => top < 180);
      setCurrent(Math.max(0, at));
    };
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, [sections]);
  useEffect(() => {
    const entry = /** @type {HTMLElement | undefined} */ (document.querySelectorAll('.rail a')[current]);
    const rail = entry?.parentElement;
    if (entry && rail) rail.scrollTo({ left: entry.offsetLeft - rail.clientWidth / 2 + entry.clientWidth / 2 });
  }, [current]);
  return current;
}
