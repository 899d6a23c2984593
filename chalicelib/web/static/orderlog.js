/** The operation log of an order, for staff: who did what when, and who was told. */
import { html, useState } from './dom.js';
import { Badge, Button, Failure, Skeleton } from './ui.js';
import { nameOfActor } from './steps.js';
import { api } from './api.js';
import { exact, t, worded } from './i18n.js';
import { useLoad } from './load.js';

const PAGES_MAX = 5;
/** @type {Record<string, string>} */
const TONES = { done: 'good', delivered: 'good', sent: 'good', failed: 'danger', refused: 'danger', bounced: 'danger' };

/** @param {{orderId: string, version: number}} props */
export function OrderLog({ orderId, version }) {
  const [shown, setShown] = useState(false);
  return html`<section class="stack"><div class="between"><h3>${t('orderlog')}</h3>
      <${Button} kind="quiet" onClick=${() => setShown(!shown)} aria-expanded=${String(shown)}>
        ${t(shown ? 'orderlog.hide' : 'orderlog.show')}<//></div>
    ${shown && html`<${Lines} key=${version} orderId=${orderId} />`}</section>`;
}

/** @param {{orderId: string}} props */
function Lines({ orderId }) {
  const { data, error, loading, retry } = useLoad(`log/${orderId}`, () => all(orderId));
  return html`<p class="dim">${t('orderlog.words')}</p>
    <${Failure} error=${error} onRetry=${retry} />
    ${loading && html`<${Skeleton} lines=${4} />`}
    ${data && html`<ol class="timeline">${data.map((/** @type {any} */ line, /** @type {number} */ i) => html`
      <li key=${i}><b>${nameOf(line)}</b> <time class="dim" datetime=${line.at}>${exact(line.at)}</time>
        ${line.outcome && line.kind !== 'event' && html` <${Badge} tone=${TONES[line.outcome] ?? 'plain'}>
          ${outcomeOf(line)}<//>`}
        <div class="dim">${[t(`orderlog.${line.kind}`), nameOfActor(line), line.origin].filter(Boolean).join(' · ')}</div>
        ${line.detail && html`<div class="dim">${line.detail}</div>`}</li>`)}</ol>`}`;
}

/** @param {any} line */
function nameOf({ kind, what }) {
  if (kind === 'event') return worded('event', what);
  if (kind === 'case') return worded('case.act', what);
  if (kind === 'repair') return worded('repair', what);
  if (kind === 'alert') return worded('messages.channel', what);
  if (kind !== 'message') return what;
  const [to, channel] = what.split('.');
  return `${worded('messages.to', to)} · ${worded('messages.channel', channel)}`;
}

/** @param {any} line */
const outcomeOf = ({ kind, outcome }) => worded(kind === 'message' ? 'messages.outcome' : 'outcome', outcome);

/** @param {string} orderId */
async function all(orderId) {
  /** @type {any[]} */
  const lines = [];
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await api(`ops/orders/${orderId}/log${cursor && `?cursor=${encodeURIComponent(cursor)}`}`);
    lines.push(...answer.items);
    cursor = answer.next_cursor ?? '';
    if (!cursor) break;
  }
  return lines;
}
