/** Calls to the API: the token, the language, time limits, and problem documents as errors. */
import { language, t, known } from './i18n.js';
import { ROOT } from './router.js';
import { accessToken, guestToken, renew, session } from './session.js';

const TIMEOUT_MS = 15_000;

/** An answer that is no success, in words for people; `status` 0 is a network that failed. */
export class Problem extends Error {
  /** @param {number} status @param {Partial<ProblemDocument>} document */
  constructor(status, document) {
    super(wordsOf(document) || t('error.unknown'));
    this.status = status;
    this.document = document;
    this.code = document.code ?? (status === 0 ? 'offline' : 'unknown');
    this.requestId = document.request_id ?? '';
    this.errors = document.errors ?? [];
  }

  /** Whether trying again later, unchanged, can succeed. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500
      || this.code === 'request_in_progress';
  }
}

/** Titles come in the reader's language, details in English. @param {Partial<ProblemDocument>} document */
function wordsOf({ title, detail }) {
  return language.get() === 'en' ? detail || title : title || detail;
}

/** A key for one intention, sent again unchanged however often it is tried. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {string} path below `v1/`
 * @param {ApiOptions} [options]
 * @returns {Promise<ApiAnswer>}
 */
export async function call(path, options = {}) {
  const answer = await attempt(path, options);
  if (answer.status !== 401 || !usesSession(options) || !session.get()) return settle(answer);
  return settle((await renew().catch(() => false)) ? await attempt(path, options) : answer);
}

/** The body of a call. @param {string} path @param {ApiOptions} [options] */
export async function api(path, options) {
  return (await call(path, options)).data;
}

/** A file that is not JSON: `options.accept` says which. @param {string} path @param {ApiOptions} options */
async function blob(path, options) {
  const answer = await attempt(path, options);
  const again = answer.status === 401 && usesSession(options) && session.get();
  const file = again && (await renew().catch(() => false)) ? await attempt(path, options) : answer;
  if (!file.ok) await settle(file);
  return file.blob();
}

/** Puts a file among the reader's downloads. @param {string} path @param {string} name @param {ApiOptions} options */
export async function saveFile(path, name, options) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await blob(path, options));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** @param {ApiOptions} options */
const usesSession = (options) => options.as !== 'public' && !options.guest;

/** @param {string} path @param {ApiOptions} options */
async function attempt(path, options) {
  const { method = options.body === undefined ? 'GET' : 'POST', body } = options;
  try {
    return await fetch(new URL(`v1/${path}`, ROOT), {
      method,
      headers: await headersOf(options),
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
      signal: options.signal ?? AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
    });
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'AbortError') throw error;
    throw new Problem(0, { code: 'offline', title: t('error.offline') });
  }
}

/** @param {ApiOptions} options */
async function headersOf(options) {
  /** @type {Record<string, string>} */
  const headers = { 'Accept-Language': language.get() };
  if (options.accept) headers.Accept = options.accept;
  const { body } = options;
  if (body !== undefined) headers['Content-Type'] = body instanceof Blob ? body.type : 'application/json';
  if (options.key) headers['Idempotency-Key'] = options.key;
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  if (options.etag) headers['If-None-Match'] = options.etag;
  const guest = options.guest;
  const token = usesSession(options) ? await accessToken() : null;
  if (guest) headers.Authorization = `Guest ${guest}`;
  else if (token) headers.Authorization = `Bearer ${token}`;
  return headers;
}

/** @param {Response} answer @returns {Promise<ApiAnswer>} */
async function settle(answer) {
  const text = await answer.text();
  const data = parsed(text);
  if (!answer.ok && answer.status !== 304) throw problemOf(answer, data);
  return {
    data,
    status: answer.status,
    etag: answer.headers.get('ETag'),
    pollAfter: Number(answer.headers.get('Poll-After')) || 0,
    replayed: answer.headers.get('Idempotent-Replayed') === 'true',
  };
}

/** @param {string} text */
function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** @param {Response} answer @param {any} data */
function problemOf(answer, data) {
  if (answer.status >= 500) dispatchEvent(new Event('docket-trouble'));
  const document = data && typeof data === 'object' ? data : {};
  document.request_id ??= answer.headers.get('X-Request-Id') ?? '';
  const words = `problem.${document.code}`;
  if (known(words)) document.title = document.detail = t(words);
  return new Problem(answer.status, document);
}

/** The right to read one order: a guest's token if we hold it. @param {string} orderId */
export function asHolder(orderId) {
  const guest = guestToken(orderId);
  return guest ? { guest } : {};
}
