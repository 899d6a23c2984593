/** Orders on their way: kept in the browser until the server has answered for each of them.
 *
 * An order is written here before it is sent, under the key that makes sending it again harmless.
 * One tab at a time sends what waits; what the server refuses stays, for its customer to decide.
 */
import { Problem, api, asHolder } from './api.js';
import { t, worded } from './i18n.js';
import { createStore } from './state.js';
import { keepGuestToken, owner } from './session.js';

const RETRY_MS = 20_000;
const FOLLOW_MS = 5000;

export const outbox = createStore(/** @type {OutboxEntry[]} */ ([]));

/** @type {Promise<IDBDatabase> | null} */
let opened = null;
function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('docket', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('outbox', { keyPath: 'key' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function within(mode, work) {
  const transaction = (await database()).transaction('outbox', mode);
  const request = work(transaction.objectStore('outbox'));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
  });
}

async function reload() {
  const entries = /** @type {OutboxEntry[]} */ (await within('readonly', (store) => store.getAll()));
  outbox.set(entries.sort((a, b) => a.made_at.localeCompare(b.made_at)));
  return entries;
}

/** @param {OutboxEntry} entry */
export async function keep(entry) {
  await within('readwrite', (store) => store.put(entry));
  await reload();
}

/** Keeps what is still here: its customer may have seen it meanwhile. @param {OutboxEntry} entry */
async function renew(entry) {
  const transaction = (await database()).transaction('outbox', 'readwrite');
  const store = transaction.objectStore('outbox');
  await new Promise((resolve, reject) => {
    const known = store.get(entry.key);
    known.onsuccess = () => known.result && store.put(entry);
    transaction.oncomplete = () => resolve(undefined);
    transaction.onerror = () => reject(transaction.error);
  });
  await reload();
}

/** @param {string} key */
export async function drop(key) {
  await within('readwrite', (store) => store.delete(key));
  await reload();
}

/** @param {OutboxEntry} entry @returns {Promise<Order>} */
async function send(entry) {
  const as = entry.owner === 'guest' ? 'public' : undefined;
  const order = await api('orders', { body: entry.body, key: entry.key, as });
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
  await keep(entry);
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
    if (entry.state !== 'waiting' || !mine(entry)) continue;
    try {
      await keep(answered(entry, await send(entry)));
    } catch (error) {
      if (!(error instanceof Problem) || error.passing) return;
      await keep({ ...entry, state: 'refused', problem: { ...error.document, detail: error.message } });
    }
  }
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
  setInterval(() => some('waiting') && attempt(), RETRY_MS);
  setInterval(() => some('received') && !document.hidden && void lookUp().catch(() => undefined), FOLLOW_MS);
}

/** Another account's order waits until that account is back. @param {OutboxEntry} entry */
const mine = (entry) => entry.owner === 'guest' || entry.owner === owner();
