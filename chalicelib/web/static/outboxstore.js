/** The browser's own table of the orders that are on their way, and what of it is shown. */
import { createStore } from './state.js';

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

export async function reload() {
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
export async function renew(entry) {
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
