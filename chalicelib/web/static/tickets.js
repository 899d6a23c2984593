/** What a kitchen has to make, kept in the browser: it stays readable while the orders cannot be read. */
import { named } from './i18n.js';
import { createKept } from './state.js';

const MAKING = ['accepted', 'preparing'];

/** @type {Map<string, ReturnType<typeof createKept<Tickets>>>} */
const stores = new Map();

/** The tickets of a store as they were last seen, what of them is made, and how each looked when it was taken on.
 * @param {string} storeId */
export function tickets(storeId) {
  const found = stores.get(storeId);
  if (found) return found;
  const made = createKept(`docket.kitchen.${storeId}`, /** @type {Tickets} */ ({ at: 0, items: [], done: {}, accepted: {} }));
  stores.set(storeId, made);
  return made;
}

/** @param {Order} order */
export const isToMake = (order) => MAKING.includes(order.status);

/** Only what is needed to make it: nobody's name or number. @param {Order} order @returns {Ticket} */
export function ticketOf(order) {
  const lines = order.line_items.map((line) => ({
    line_id: line.line_id, quantity: line.quantity, name: named(line.name),
    options: line.options.map((option) => named(option.name)),
  }));
  return {
    order_id: order.order_id, number: order.number, version: order.version, status: order.status,
    placed_at: order.placed_at, promised_at: order.promised_at, updated_at: order.updated_at,
    type: order.fulfillment.type, table: order.fulfillment.table, fulfillment: { type: order.fulfillment.type },
    note: order.note, lines,
    mark: JSON.stringify([order.line_items.map((line) =>
      [line.sku, line.quantity, line.options.map((option) => option.choice_id)]), order.note, order.fulfillment.table]),
  };
}

/** @param {ReturnType<typeof tickets>} kept @param {Ticket[]} items */
export function remember(kept, items) {
  const { done, accepted } = kept.get();
  kept.set({
    at: Date.now(),
    items,
    done: Object.fromEntries(items.map((each) => [each.order_id, done[each.order_id] ?? []])),
    accepted: Object.fromEntries(items.map((each) => [each.order_id, accepted[each.order_id] ?? each.mark])),
  });
}

/** How many of what are still to be made over all tickets, the most first.
 * @param {Ticket[]} items @param {Record<string, string[]>} done @returns {[string, number][]} */
export function allDay(items, done) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { order_id, lines } of items) {
    for (const line of lines.filter((each) => !done[order_id]?.includes(each.line_id))) {
      counts.set(line.name, (counts.get(line.name) ?? 0) + line.quantity);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}
