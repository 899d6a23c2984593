/** The cart of each store: kept in the browser, changed line by line, undone on request. */
import { named } from './i18n.js';
import { newKey } from './api.js';
import { createKept } from './state.js';

const QUANTITY_MAX = 99;

/** @type {Map<string, ReturnType<typeof createKept<Cart>>>} */
const carts = new Map();

/** @param {string} storeId */
export function cartOf(storeId) {
  const known = carts.get(storeId);
  if (known) return known;
  const made = createKept(`docket.cart.${storeId}`, /** @type {Cart} */ ({ lines: [], table: '' }));
  carts.set(storeId, made);
  return made;
}

/** How many can be ordered; where nobody knows the stock, as many as a line takes.
 * @param {Product} product */
export const mostOf = (product) => product.available ?? QUANTITY_MAX;

/** @param {Product} product @param {string[]} choices */
export function unitPrice(product, choices) {
  const deltas = chosen(product, choices).reduce((sum, each) => sum + each.price_delta.amount_minor, 0);
  return { ...product.price, amount_minor: product.price.amount_minor + deltas };
}

/** @param {Product} product @param {string[]} choices */
export function chosen(product, choices) {
  return product.options.flatMap((option) => option.choices)
    .filter((choice) => choices.includes(choice.choice_id));
}

/**
 * @param {string} storeId
 * @param {Product} product
 * @param {number} quantity
 * @param {string[]} [choices]
 */
export function add(storeId, product, quantity, choices = []) {
  const store = cartOf(storeId);
  const cart = store.get();
  const same = (/** @type {CartLine} */ line) =>
    line.sku === product.sku && JSON.stringify(line.options) === JSON.stringify(choices);
  const old = cart.lines.find(same);
  const line = {
    key: old?.key ?? newKey(),
    sku: product.sku,
    quantity: Math.min(QUANTITY_MAX, (old?.quantity ?? 0) + quantity),
    options: choices,
    name: product.name,
    detail: chosen(product, choices).map((choice) => named(choice.name)).join(' · '),
    unit: unitPrice(product, choices),
    image: product.images[0] ?? null,
  };
  const lines = old ? cart.lines.map((each) => (each === old ? line : each)) : [...cart.lines, line];
  store.set({ ...cart, lines });
}

/** @param {string} storeId @param {string} key @param {number} quantity */
export function setQuantity(storeId, key, quantity) {
  const store = cartOf(storeId);
  const cart = store.get();
  const lines = cart.lines
    .map((line) => (line.key === key ? { ...line, quantity: Math.min(QUANTITY_MAX, quantity) } : line))
    .filter((line) => line.quantity > 0);
  store.set({ ...cart, lines });
}

/** Puts a cart back as it was. @param {string} storeId @param {Cart} cart */
export const restore = (storeId, cart) => cartOf(storeId).set(cart);

/** @param {string} storeId */
export const empty = (storeId) => cartOf(storeId).set({ ...cartOf(storeId).get(), lines: [] });

/** @param {string} storeId @param {string} table */
export const sitAt = (storeId, table) => cartOf(storeId).set({ ...cartOf(storeId).get(), table });

/** @param {Cart} cart */
export const countOf = (cart) => cart.lines.reduce((sum, line) => sum + line.quantity, 0);

/** The sum as far as the browser can know; the quote's totals decide. @param {Cart} cart */
export function estimate(cart) {
  if (cart.lines.length === 0) return null;
  const amount_minor = cart.lines.reduce((sum, line) => sum + line.unit.amount_minor * line.quantity, 0);
  return { amount_minor, currency: cart.lines[0].unit.currency };
}

/** @param {Cart} cart */
export const lineItems = (cart) =>
  cart.lines.map(({ sku, quantity, options }) => ({ sku, quantity, options }));
