/** Where in the page one is: the part of the address after `#`, so that no server need know. */
import { createStore, useStore } from './state.js';

/** The application's root, whatever stage path precedes it. */
export const ROOT = new URL('../', import.meta.url);

/** @returns {Route} */
function parse() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return {
    path: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: new URLSearchParams(query),
  };
}

const route = createStore(parse());
addEventListener('hashchange', () => {
  route.set(parse());
  scrollTo(0, 0);
});

export const useRoute = () => useStore(route);
export const currentRoute = () => route.get();

/**
 * @param {string[]} path
 * @param {Record<string, string | undefined>} [query]
 */
export function href(path, query = {}) {
  const given = Object.entries(query).filter((entry) => entry[1]);
  const search = new URLSearchParams(/** @type {[string, string][]} */ (given)).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
}

/**
 * @param {string[]} path
 * @param {Record<string, string | undefined>} [query]
 */
export function go(path, query) {
  location.hash = href(path, query);
}

/**
 * Changes the address in place, without a step in the history.
 * @param {string[]} path
 * @param {Record<string, string | undefined>} [query]
 */
export function replace(path, query) {
  history.replaceState(null, '', href(path, query));
  route.set(parse());
}
