/** Ordering the same again: an order's lines into the cart, as many as there are, at today's prices. */
import { api } from './api.js';
import { add, cartOf, mostOf } from './cart.js';
import { go } from './router.js';
import { say } from './ui.js';
import { t } from './i18n.js';

/**
 * Leads to the checkout; false where nothing of it can be had.
 * @param {string} storeId @param {{sku: string, quantity: number, options: string[]}[]} lines
 */
export async function orderAgain(storeId, lines) {
  for (const line of lines) {
    const path = `products/${encodeURIComponent(line.sku)}?store_id=${encodeURIComponent(storeId)}`;
    const product = await api(path, { as: 'public' }).catch(() => null);
    const most = product ? mostOf(product) : 0;
    if (most > 0) add(storeId, product, Math.min(line.quantity, most), line.options);
  }
  if (cartOf(storeId).get().lines.length === 0) {
    say(t('outbox.nothingLeft'));
    return false;
  }
  go(['s', storeId, 'checkout']);
  return true;
}
