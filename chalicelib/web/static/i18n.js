/** The language of the page: texts by key, dates, and names that come in several languages. */
import { createStore, read, write } from './state.js';

export const LANGUAGES = { 'zh-CN': '中文', en: 'English' };
const KEPT = 'docket.language';

/** @type {Record<string, string>} */
let texts = {};
/** @type {string[]} */
const catalogues = [];

function preferred() {
  const kept = read(KEPT);
  if (kept in LANGUAGES) return kept;
  return navigator.languages.some((tag) => tag.startsWith('zh')) ? 'zh-CN' : 'en';
}

export const language = createStore(/** @type {string} */ (preferred()));

/** @param {string} name @param {string} tag */
async function fetchTexts(name, tag) {
  const answer = await fetch(import.meta.resolve(`./${name}.${tag}.json`));
  return /** @type {Record<string, string>} */ (await answer.json());
}

/** Adds catalogues, each a file of texts for every language. @param {string[]} names */
export async function loadTexts(...names) {
  const loaded = await Promise.all(names.map((name) => fetchTexts(name, language.get())));
  texts = Object.assign({}, texts, ...loaded);
  catalogues.push(...names);
  document.documentElement.lang = language.get();
}

/** @param {string} tag */
export async function speak(tag) {
  const loaded = await Promise.all(catalogues.map((name) => fetchTexts(name, tag)));
  texts = Object.assign({}, ...loaded);
  document.documentElement.lang = tag;
  write(KEPT, tag);
  language.set(tag);
}

/**
 * A text, its `{places}` filled. Where a text has two forms ("one | many"), `n` chooses.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export function t(key, values = {}) {
  let text = texts[key] ?? key;
  if (typeof values.n === 'number' && text.includes(' | ')) {
    text = text.split(' | ')[values.n === 1 ? 0 : 1];
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** @param {string} key */
export const known = (key) => key in texts;

/** A value of the API in words, or as it is where nobody put it into words yet.
 * @param {string} stem @param {string} value */
export const worded = (stem, value) => (known(`${stem}.${value}`) ? t(`${stem}.${value}`) : value);

/**
 * A name as the API gives it: a text, or one a language.
 * @param {string | Record<string, string> | null | undefined} name
 */
export function named(name) {
  if (!name || typeof name === 'string') return name ?? '';
  const [short] = language.get().split('-');
  return name[language.get()] ?? name[short] ?? name.en ?? Object.values(name)[0] ?? '';
}

/** @param {string | null | undefined} at @param {Intl.DateTimeFormatOptions} options */
function dated(at, options) {
  return at ? new Intl.DateTimeFormat(language.get(), options).format(new Date(at)) : '';
}

/** @param {string | null | undefined} at */
export const time = (at) => dated(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** A moment: today as a time, else with its date. @param {string | null | undefined} at */
export const moment = (at) =>
  (at && new Date(at).toDateString() === new Date().toDateString() ? time(at) : stamp(at));

/** A moment always with its date, where it may be read on another day; with the year if that is another one.
 * @param {string | null | undefined} at */
export const stamp = (at) => dated(at, {
  ...(at && new Date(at).getFullYear() !== new Date().getFullYear() ? { year: 'numeric' } : {}),
  month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
});

/** To the second, where the order of things counts. @param {string | null | undefined} at */
export const exact = (at) => dated(at, {
  month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});

/** How long ago, or in how long. @param {string} at @param {number} [now] */
export function ago(at, now = Date.now()) {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const relative = new Intl.RelativeTimeFormat(language.get(), { numeric: 'auto', style: 'narrow' });
  if (Math.abs(seconds) < 60) return relative.format(seconds, 'second');
  if (Math.abs(seconds) < 3600) return relative.format(Math.trunc(seconds / 60), 'minute');
  if (Math.abs(seconds) < 86400) return relative.format(Math.trunc(seconds / 3600), 'hour');
  return relative.format(Math.trunc(seconds / 86400), 'day');
}

/** A moment as the browser's own field for one wants it. @param {string | number} at */
export function fieldTime(at) {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
