/** Stores and products as the shop needs them: loaded whole, kept while the page is open. */
import { useEffect, useState } from './dom.js';
import { api } from './api.js';
import { language } from './i18n.js';
import { useStore } from './state.js';
import { useWatch } from './watch.js';

const PAGES_MAX = 20;
const FRESH_MS = 45_000;

export const useStores = () => {
  const watched = useWatch('stores', { as: 'public', everyMs: 60_000 });
  return { ...watched, stores: /** @type {Store[] | null} */ (watched.data?.items ?? null) };
};

/** @param {string} storeId */
export const useShop = (storeId) =>
  useWatch(`stores/${encodeURIComponent(storeId)}`, { as: 'public', everyMs: 60_000 });

/** @param {string} storeId @returns {Promise<Product[]>} */
async function loadProducts(storeId) {
  /** @type {Product[]} */
  const items = [];
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = new URLSearchParams({ store_id: storeId, limit: '100' });
    if (cursor) query.set('cursor', cursor);
    const answer = await api(`products?${query}`, { as: 'public' });
    items.push(...answer.items);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return items;
}

/** Everything a store sells, its stock renewed while somebody looks. @param {string} storeId */
export function useProducts(storeId) {
  const [state, setState] = useState(
    /** @type {{products: Product[] | null, error: any, of: string}} */
    ({ products: null, error: null, of: '' }),
  );
  const [round, setRound] = useState(0);
  const spoken = useStore(language);
  useEffect(() => {
    let live = true;
    const load = () => document.hidden || loadProducts(storeId).then(
      (products) => live && setState({ products, error: null, of: storeId }),
      (error) => live && setState((old) => ({ ...old, error, of: storeId })),
    );
    load();
    const timer = setInterval(load, FRESH_MS);
    return () => {
      live = false;
      clearInterval(timer);
    };
  }, [storeId, spoken, round]);
  const products = state.of === storeId ? state.products : null;
  return { products, error: state.error, retry: () => setRound((n) => n + 1) };
}

/** Products that match what was typed, by the server's search; null while nothing is typed.
 * @param {string} storeId @param {string} text @param {Product[] | null} all */
export function useSearch(storeId, text, all) {
  const [found, setFound] = useState(/** @type {Product[] | null} */ (null));
  const wanted = text.trim();
  useEffect(() => {
    if (!wanted) return void setFound(null);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const query = new URLSearchParams({ store_id: storeId, q: wanted, limit: '50' });
      api(`products?${query}`, { as: 'public', signal: stop.signal }).then(
        (answer) => setFound(answer.items),
        (error) => error.name !== 'AbortError' && setFound(plainMatches(all ?? [], wanted)),
      );
    }, 180);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [storeId, wanted]);
  return wanted ? found : null;
}

/** What to show without the server: names that contain the words.
 * @param {Product[]} products @param {string} text */
function plainMatches(products, text) {
  const wanted = text.toLowerCase();
  return products.filter((product) => JSON.stringify(product.name).toLowerCase().includes(wanted));
}

/** The categories in the order of the menu. @param {Product[]} products */
export function byCategory(products) {
  /** @type {Map<string, {name: any, products: Product[]}>} */
  const groups = new Map();
  for (const product of products) {
    const key = product.category ?? '';
    const group = groups.get(key) ?? { name: product.category_name, products: [] };
    group.products.push(product);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** What the buyer holds, as the API names it. @returns {'watch' | 'phone' | 'desktop'} */
export function deviceKind() {
  if (matchMedia('(max-width: 250px)').matches) return 'watch';
  return matchMedia('(pointer: coarse)').matches ? 'phone' : 'desktop';
}

/** The ways to pay that a store offers on this device, with the provider and method for the API.
 * Stripe's fields need its publishable key.
 * @param {any} store @returns {(PaymentWay & {value: string, method: string})[]} */
export function waysToPay(store) {
  /** @type {PaymentWay[]} */
  const given = store?.payment_methods ?? [];
  return given.filter((way) => way.provider !== 'stripe' || way.publishable_key).flatMap((way) => way.methods
    .filter((method) => way.devices[method].includes(deviceKind()))
    .map((method) => ({ ...way, value: `${way.provider}:${method}`, method })));
}
