/** Who is signed in: the tokens of this page's account, their renewal, and what they allow. */
import { createKept, read, write } from './state.js';
import { ROOT } from './router.js';

const page = document.documentElement.dataset.page === 'ops' ? 'ops' : 'shop';

/** Shop and console keep accounts of their own, so that staff can order lunch. */
export const session = createKept(`docket.session.${page}`, /** @type {Session | null} */ (null));

/** @param {TokenAnswer} tokens @param {string} [refresh] */
export function keepTokens(tokens, refresh) {
  session.set({
    access_token: tokens.access_token,
    refresh_token: tokens.refresh_token ?? refresh ?? '',
    expires_at: Date.now() + tokens.expires_in * 1000,
  });
}

/** What the token says about its holder; the server decides, this only shapes the page. */
export function claims() {
  const token = session.get()?.access_token;
  if (!token) return null;
  try {
    const part = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return JSON.parse(atob(part));
  } catch {
    return null;
  }
}

export function groups() {
  return /** @type {string[]} */ (claims()?.['cognito:groups'] ?? []);
}

/** Who owns what is kept here: the account, or the guest. */
export const owner = () => /** @type {string} */ (claims()?.sub ?? 'guest');

/** @type {Promise<boolean> | null} */
let renewal = null;

/** Renews the access token once for all who ask at the same time; false if it cannot be. */
export function renew() {
  renewal ??= renewNow().finally(() => {
    renewal = null;
  });
  return renewal;
}

async function renewNow() {
  const refresh_token = session.get()?.refresh_token;
  if (!refresh_token) return false;
  const answer = await fetch(new URL('v1/auth/refresh', ROOT), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ refresh_token }),
  });
  if (answer.ok) keepTokens(await answer.json(), refresh_token);
  else if (answer.status < 500 && answer.status !== 429) session.set(null);
  return answer.ok;
}

/** A token that is good for a minute at least, or none. */
export async function accessToken() {
  const held = session.get();
  if (!held) return null;
  if (held.expires_at - Date.now() < 60_000) await renew().catch(() => false);
  return session.get()?.access_token ?? null;
}

/** Forgets everything of the account: tokens and what was kept of its orders. */
export function forget() {
  session.set(null);
  for (const key of Object.keys(localStorage)) {
    if (/^docket\.(guest|cart|contact|seen)/.test(key) && page === 'shop') write(key, null);
  }
  if ('caches' in globalThis) {
    caches.keys().then((names) => {
      for (const name of names) if (name.startsWith('docket-catalogue')) caches.delete(name);
    });
  }
}

const GUEST = 'docket.guest';

/** The token of a guest's order. @param {string} orderId */
export const guestToken = (orderId) => /** @type {string | null} */ (read(GUEST)?.[orderId] ?? null);

/** @param {string} orderId @param {string} token */
export function keepGuestToken(orderId, token) {
  write(GUEST, { ...read(GUEST), [orderId]: token });
}

/** The orders that this browser placed as a guest, newest first. */
export const guestOrders = () => Object.keys(read(GUEST) ?? {}).reverse();
