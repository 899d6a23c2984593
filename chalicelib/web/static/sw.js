/** The service worker: keeps the shell and the catalogue for when the network is away, and shows
 * what the shop says to this device.
 *
 * The server puts `self.DOCKET = {release, files}` before this text. Shells come from the network
 * first; files carry their version and come from the cache; stores and products are renewed from
 * the network and kept, one copy a language. Nothing of a person is ever kept here.
 */
const worker = /** @type {any} */ (self);
const SHELL = `docket-shell-${worker.DOCKET.release}`;
const CATALOGUE = 'docket-catalogue';
const PATIENCE_MS = 4000;
const ROOT = new URL('./', worker.location.href);

worker.addEventListener('install', (/** @type {any} */ event) => {
  const fresh = (/** @type {string} */ path) => new Request(new URL(path, ROOT), { cache: 'no-cache' });
  const all = ['./', 'ops', ...worker.DOCKET.files].map(fresh);
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(all)).then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (/** @type {any} */ event) => {
  const old = (/** @type {string} */ name) => name.startsWith('docket-shell-') && name !== SHELL;
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
    .then(() => worker.clients.claim()));
});

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== ROOT.origin) return;
  const path = url.pathname.slice(ROOT.pathname.length);
  if (request.mode === 'navigate') event.respondWith(shell(request, path));
  else if (path.startsWith('web/') && url.searchParams.has('v')) event.respondWith(file(request));
  else if (/^v1\/(stores|products)/.test(path)) event.respondWith(catalogue(request));
});

worker.addEventListener('push', (/** @type {any} */ event) => {
  const { title, body, url, tag, lang } = event.data.json();
  event.waitUntil(worker.registration.showNotification(title, { body, lang, tag, renotify: true, data: { url } }));
});

worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(show(new URL(event.notification.data.url, ROOT)));
});

/** In the shop's open window, or in a new one. @param {URL} url */
async function show(url) {
  if (url.origin !== ROOT.origin) return undefined;
  const windows = await worker.clients.matchAll({ type: 'window' });
  const shop = windows.find((/** @type {any} */ each) => new URL(each.url).pathname === ROOT.pathname);
  if (!shop) return worker.clients.openWindow(url);
  await shop.navigate(url);
  return shop.focus();
}

/** @param {Request} request @param {string} path */
async function shell(request, path) {
  try {
    return await patient(fetch(request));
  } catch {
    const kept = path === '' || path.startsWith('t/') ? './' : path;
    return (await caches.match(new URL(kept, ROOT), { ignoreSearch: true })) ?? Response.error();
  }
}

/** @param {Request} request */
async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(SHELL)).put(request, answer.clone());
  return answer;
}

/** @param {Request} request */
async function catalogue(request) {
  const cache = await caches.open(CATALOGUE);
  const name = new URL(request.url);
  name.searchParams.set('_language', request.headers.get('Accept-Language') ?? '');
  try {
    const answer = await patient(fetch(request));
    if (answer.ok) cache.put(name, answer.clone());
    return answer.status < 500 ? answer : (await cache.match(name)) ?? answer;
  } catch {
    return (await cache.match(name)) ?? Response.error();
  }
}

/** The answer if it comes in time; a network that hangs counts as none.
 * @param {Promise<Response>} answer */
function patient(answer) {
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS, new Error('late')));
  return /** @type {Promise<Response>} */ (Promise.race([answer, late]));
}
