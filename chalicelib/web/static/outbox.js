/** Orders on their way: kept in the browser until the server has answered for each of them.
 *
 * An order is written here before it is sent, under the key that makes sending it again harmless.
 * One tab at a time sends what waits; what the server refuses stays, for its customer to decide.
 * So does what waited so long that nobody may want it any more, and nothing is given up before the
 * server was asked by its key whether it arrived.
 */
import { Problem, api, asHolder } from './api.js';
import { t, worded } from './i18n.js';
import { drop, keep, outbox, reload, renew } from './outboxstore.js';
import { keepGuestToken, owner } from './session.js';

const RETRY_MS = 20_000;
const FOLLOW_MS = 5000;
// An order that could not be sent for so long is not placed behind its customer's back.
const GIVE_UP_MS = 30 * 60_000;

/** @param {OutboxEntry} entry @returns {ApiOptions} */
const asOwner = ({ key, owner }) => ({ key, as: owner === 'guest' ? 'public' : undefined });

/** Kept first as one that may have arrived, whatever is heard of it.
 * @param {OutboxEntry} entry @returns {Promise<Order>} */
async function send(entry) {
  await keep({ ...entry, tried: entry.tried || navigator.onLine });
  const order = await api('orders', { body: entry.body, ...asOwner(entry) });
  if (order.guest_token) keepGuestToken(order.order_id, order.guest_token);
  return order;
}

/**
 * Places an order. Null means that it waits here for the network; a refusal is thrown.
 * @param {string} key
 * @param {any} body
 * @param {string} summary
 */
export async function submit(key, body, summary) {
  /** @type {OutboxEntry} */
  const entry = {
    key, body, summary, owner: owner(), state: 'waiting', made_at: new Date().toISOString(),
  };
  try {
    const order = await send(entry);
    if (order.status === 'received') await keep(answered(entry, order));
    else await drop(key);
    return order;
  } catch (error) {
    if (error instanceof Problem && error.passing) return null;
    await drop(key);
    throw error;
  }
}

/** Sends what waits, oldest first. Of several tabs one does it. */
export async function flush() {
  if (!navigator.locks) return flushNow();
  return navigator.locks.request('docket-outbox', { ifAvailable: true }, (lock) => lock && flushNow());
}

async function flushNow() {
  for (const entry of await reload()) {
    if (!DUE.includes(entry.state) || !mine(entry)) continue;
    try {
      if (entry.state === 'withdrawn') await takeBack(entry);
      else await sendOrAsk(entry);
    } catch (error) {
      if (!(error instanceof Problem) || error.passing) return;
      await keep({ ...entry, state: 'refused', problem: { ...error.document, detail: error.message } });
    }
  }
}

/** What is old is looked up, not sent: its customer decides. @param {OutboxEntry} entry */
async function sendOrAsk(entry) {
  const waited = Date.now() - Date.parse(entry.meant_at ?? entry.made_at);
  if (waited < GIVE_UP_MS) return keep(answered(entry, await send(entry)));
  const order = await find(entry);
  return keep(order ? answered(entry, order) : { ...entry, state: 'late' });
}

/** Whether it arrived; null for certain if it did not. @param {OutboxEntry} entry @returns {Promise<Order | null>} */
async function find(entry) {
  try {
    return await api('orders/by-key', asOwner(entry));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** Its customer still wants it. @param {OutboxEntry} entry */
export async function sendAfterAll(entry) {
  await keep({ ...entry, state: 'waiting', meant_at: new Date().toISOString() });
  await flush();
}

/** Its customer does not want it any more; what may have arrived is looked up before it is forgotten.
 * @param {OutboxEntry} entry */
export async function withdraw(entry) {
  if (!entry.tried) return drop(entry.key);
  await keep({ ...entry, state: 'withdrawn' });
  return flush();
}

/** Cancels what had arrived; what can no longer be canceled is shown as any other order.
 * @param {OutboxEntry} entry */
async function takeBack(entry) {
  if (!await find(entry)) return drop(entry.key);
  const order = await send(entry); // its answer again, and with it a guest's right to the order
  const reason = t('cancel.mind');
  const left = await api(`orders/${order.order_id}/cancel`, { body: { reason }, ...asHolder(order.order_id) })
    .catch((error) => {
      if (error instanceof Problem && error.passing) throw error;
      return order;
    });
  return left.status === 'canceled' ? drop(entry.key) : keep(answered(entry, left));
}

/** What the server took is with it for good; `received` has yet to be decided on.
 * @param {OutboxEntry} entry @param {Order} order @returns {OutboxEntry} */
function answered(entry, order) {
  return { ...entry, state: order.status === 'received' ? 'received' : 'sent', order_id: order.order_id, order };
}

/** The orders as they were answered last, for while nobody can look them up. */
export const heldOrders = () => outbox.get().filter(mine).flatMap((entry) => entry.order ?? []);

/** @param {string} orderId */
export const heldOrder = (orderId) => heldOrders().find((order) => order.order_id === orderId) ?? null;

/** Its customer has seen what became of it. @param {string} orderId */
export async function seen(orderId) {
  for (const entry of outbox.get()) if (entry.order_id === orderId) await drop(entry.key);
}

/** Asks what became of the orders that were received. One that cannot be known yet stays. */
async function lookUp() {
  for (const entry of await reload()) {
    if (entry.state !== 'received' || !entry.order_id || !mine(entry)) continue;
    const order = await api(`orders/${entry.order_id}`, asHolder(entry.order_id)).catch(() => null);
    if (!order || order.status === 'received') continue;
    const refused = ['rejected', 'canceled'].includes(order.status);
    await renew(refused ? { ...entry, state: 'refused', order, problem: reasonOf(order) } : answered(entry, order));
  }
}

/** @param {Order} order */
function reasonOf(order) {
  const code = order.cancel_reason ?? '';
  return { code, detail: `${t('outbox.rejected', { number: order.number })} ${worded('cancel', code)}` };
}

/** Sends at start, when the network is back, and now and then; follows what was received. */
export function startOutbox() {
  /** @param {string} state */
  const some = (state) => outbox.get().some((entry) => entry.state === state);
  const attempt = () => void flush().catch(() => undefined);
  attempt();
  addEventListener('online', attempt);
  setInterval(() => DUE.some(some) && attempt(), RETRY_MS);
  setInterval(() => some('received') && !document.hidden && void lookUp().catch(() => undefined), FOLLOW_MS);
}

/** What the server is still to be asked or told about. */
const DUE = ['waiting', 'withdrawn'];

/** Another account's order waits until that account is back. @param {OutboxEntry} entry */
const mine = (entry) => entry.owner === 'guest' || entry.owner === owner();
