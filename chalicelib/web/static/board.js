/** The board: living orders in columns by state, oldest first, worked by mouse, touch or keys. */
import { html, useEffect, useMemo, useRef, useState } from './dom.js';
import { Empty, Failure, Notice, Segments, Skeleton } from './ui.js';
import { Icon } from './icons.js';
import { OrderDrawer } from './drawer.js';
import { Ticket } from './ticket.js';
import { useNow } from './staff.js';
import { ago, t, time } from './i18n.js';
import { replace } from './router.js';
import { useWatch } from './watch.js';

const COLUMNS = ['confirmed', 'accepted', 'preparing', 'ready', 'shipped', 'placed'];
/** Not every store delivers, and what is unpaid needs nobody: shown only when there is some. */
const RARE = ['shipped', 'placed'];

/** @param {{storeId: string, query: URLSearchParams, cases: any}} props */
export function Board({ storeId, query, cases }) {
  const open = query.get('order') ?? '';
  const [text, setText] = useState(query.get('q') ?? '');
  const [column, setColumn] = useState('confirmed');
  const [at, setAt] = useState('');
  const now = useNow();
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  const path = `ops/orders?${new URLSearchParams({ store_id: storeId, status: 'open', limit: '100' })}`;
  const watched = useWatch(path, { everyMs: 5000 });
  const orders = useMemo(() => matching(watched.data?.items ?? [], text), [watched.data, text]);
  const columns = COLUMNS.map((status) => ({ status, orders: orders.filter((order) => order.status === status) }))
    .filter((each) => each.orders.length > 0 || !RARE.includes(each.status));
  const flat = columns.flatMap((each) => each.orders);

  /** @param {string} id */
  const show = (id) => replace(['board'], { q: text || undefined, order: id || undefined });
  useKeys({
    '/': () => search.current?.focus(),
    j: () => setAt(neighbor(flat, at, 1)),
    k: () => setAt(neighbor(flat, at, -1)),
    Enter: () => at && show(at),
  }, Boolean(open));
  useEffect(() => {
    document.getElementById(`o-${at}`)?.focus();
  }, [at]);

  return html`<div class="stack">
    ${watched.data && html`<${Attention} columns=${columns} cases=${cases} now=${now} />`}
    <div class="row bar"><div class="search"><${Icon} name="search" />
      <input ref=${search} type="search" value=${text} aria-label=${t('board.search')}
        placeholder=${t('board.search')}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></div>
      <p class="dim keys"><kbd>j</kbd> <kbd>k</kbd> <kbd>↵</kbd> <kbd>/</kbd> ${t('board.keys')}
        </p></div>
    <div class="narrow-only"><${Segments} label=${t('board')} value=${column} onChange=${setColumn}
      options=${columns.map(tabOf)} /></div>
    ${!watched.data && html`<${Failure} error=${watched.error} onRetry=${watched.refresh} />`}
    ${watched.data && watched.error && html`<${Notice} tone="warn" icon="offline">
      <p><b>${t('board.stale', { time: time(new Date(watched.at).toISOString()) })}</b></p>
      <p>${t('board.staleWords')}</p><//>`}
    ${watched.loading ? html`<${Skeleton} lines=${4} tall=${true} />`
      : flat.length === 0 && watched.data ? html`<${Empty} art="☕"
        title=${t(text ? 'board.none' : 'board.quiet')}>${!text && t('board.quietHint')}<//>`
      : watched.data && html`<div class="columns">
        ${columns.map((each) => html`<section key=${each.status}
          class=${`column ${each.status === column ? 'chosen' : ''}`}
            aria-label=${t(`board.${each.status}`)}>
        <h2>${t(`board.${each.status}`)} <span class="tally">${each.orders.length}</span></h2>
        ${each.orders.map((order) => html`<${Ticket} key=${order.order_id} order=${order} now=${now}
          onOpen=${() => show(order.order_id)} onChange=${watched.refresh} />`)}
        ${each.orders.length === 0 && html`<p class="dim none">${t('board.nothing')}</p>`}
      </section>`)}</div>`}
    ${open && html`<${OrderDrawer} key=${open} orderId=${open} ask=${query.get('ask') ?? ''} onClose=${() => show('')}
      onChange=${watched.refresh} />`}
  </div>`;
}

/** @param {{status: string, orders: any[]}} column */
const tabOf = ({ status, orders }) => ({ value: status, label: `${t(`board.${status}`)} ${orders.length}` });

/** What needs a person now, before anything else. @param {any} props */
function Attention({ columns, cases, now }) {
  const waiting = columns[0].orders;
  const late = columns.flatMap((/** @type {any} */ each) => each.orders).filter((/** @type {Order} */ order) =>
    order.status !== 'placed' && order.promised_at && Date.parse(order.promised_at) < now);
  const urgent = (cases ?? []).filter((/** @type {any} */ each) => each.status === 'open');
  if (waiting.length + late.length + urgent.length === 0) {
    return html`<p class="calm"><${Icon} name="check" /> ${t('board.calm')}</p>`;
  }
  return html`<div class="attention">
    ${waiting.length > 0 && html`<div class="card"><b>${waiting.length}</b><span>
      ${t('board.toAccept', { n: waiting.length })}<br /><span class="dim">
        ${t('board.oldest')} ${ago(waiting[0].placed_at, now)}</span></span></div>`}
    ${late.length > 0 && html`<div class="card warn"><b>${late.length}</b><span>
      ${t('board.late', { n: late.length })}</span></div>`}
    ${urgent.length > 0 && html`<a class="card danger" href="#/cases"><b>${urgent.length}</b><span>
      ${t('board.cases', { n: urgent.length })}<br /><span class="dim">${t('board.seeCases')}</span>
        </span></a>`}
  </div>`;
}

/** @param {any[]} orders @param {string} text */
function matching(orders, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return orders;
  return orders.filter((order) => [order.number, order.pickup_code, order.contact?.name, order.contact?.phone,
    order.fulfillment.table].some((value) => String(value ?? '').toLowerCase().includes(wanted)));
}

/** @param {any[]} orders @param {string} at @param {number} by */
function neighbor(orders, at, by) {
  if (orders.length === 0) return '';
  const index = orders.findIndex((order) => order.order_id === at);
  return orders[(index + by + orders.length) % orders.length].order_id;
}

/** Keys that work wherever one is not typing. @param {Record<string, () => void>} keys @param {boolean} off */
function useKeys(keys, off) {
  const held = useRef(keys);
  held.current = keys;
  useEffect(() => {
    if (off) return undefined;
    const press = (/** @type {KeyboardEvent} */ event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      const pressing = event.key === 'Enter' && /^(BUTTON|A)$/.test(target.tagName);
      if (event.metaKey || event.ctrlKey || event.altKey || typing || pressing) return;
      const act = held.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [off]);
}
