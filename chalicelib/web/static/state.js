/** Values that several components share: read with `get`, changed with `set`, followed by a hook. */
import { useEffect, useState } from './dom.js';

/**
 * @template T
 * @param {T} initial
 */
export function createStore(initial) {
  let value = initial;
  /** @type {Set<(value: T) => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    /** @param {T} next */
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener(next);
    },
    /** @param {(value: T) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * A store kept in the browser, so that it outlives a reload and is the same in every tab.
 * @template T
 * @param {string} key
 * @param {T} initial
 */
export function createKept(key, initial) {
  const store = createStore(/** @type {T} */ (read(key) ?? initial));
  const { set } = store;
  store.set = (next) => {
    write(key, next);
    set(next);
  };
  addEventListener('storage', (event) => {
    if (event.key === key) set(/** @type {T} */ (read(key) ?? initial));
  });
  return store;
}

/**
 * @template T
 * @param {{get: () => T, subscribe: (listener: (value: T) => void) => () => void}} store
 */
export function useStore(store) {
  const [, redraw] = useState(0);
  const shown = store.get();
  useEffect(() => {
    const draw = () => redraw((n) => n + 1);
    const leave = store.subscribe(draw);
    if (store.get() !== shown) draw(); // changed after it was drawn and before it was followed
    return leave;
  }, [store]);
  return shown;
}

/** @param {string} key */
export function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value */
export function write(key, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A private window may refuse storage: the value then lives as long as the page.
  }
}
