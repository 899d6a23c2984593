/** Members of staff by name: the reader, colleagues, and whoever used the link of an alert. */
import { api } from './api.js';
import { owner } from './session.js';
import { createStore } from './state.js';
import { t, worded } from './i18n.js';

/** Names by id, once the API has told. */
export const colleagues = createStore(/** @type {Record<string, string>} */ ({}));

export async function loadColleagues() {
  const { items } = await api('ops/staff');
  colleagues.set(Object.fromEntries(items.map((/** @type {any} */ one) => [one.staff_id, one.name])));
}

/** By id or mail address; whoever is no colleague any more by the start of the id. @param {string} id */
export function nameOfStaff(id) {
  if (id.includes('@')) return id;
  if (id === owner()) return t('actor.you');
  if (id.startsWith('link:')) return t('actor.link', { channel: worded('alert', id.slice(5)) });
  return colleagues.get()[id] ?? `${t('actor.staff')} · ${id.slice(0, 8)}`;
}
