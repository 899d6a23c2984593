/** Asking the customer about an order: what is proposed in place of something missing, a new time, or a repeat. */
import { html, useRef, useState } from './dom.js';
import { Button, Dialog, Failure, Field, Segments, faultAt, say, useAct } from './ui.js';
import { Found } from './found.js';
import { NewTime, later } from './acts.js';
import { may } from './staff.js';
import { api, newKey } from './api.js';
import { format } from './money.js';
import { moment, named, t } from './i18n.js';

const CHANGEABLE = ['placed', 'confirmed', 'accepted'];
const LATE = [...CHANGEABLE, 'preparing', 'ready'];
const OFFERED_MAX = 6;

/** What can be asked about an order as it stands. @param {Order} order */
export function askable(order) {
  if (!may('clerk', 'kitchen') || !LATE.includes(order.status)) return [];
  return CHANGEABLE.includes(order.status) ? ['substitute', 'new_time', 'meant_twice'] : ['new_time'];
}

/** @param {{order: Order, about?: string, onClose: () => void, onDone: (order: Order) => void}} props */
export function AskDialog({ order, about = '', onClose, onDone }) {
  const kinds = askable(order);
  const [kind, setKind] = useState(kinds.includes(about) ? about : kinds[0]);
  const [wish, setWish] = useState(/** @type {Record<string, string>} */ ({ line_id: order.line_items[0].line_id }));
  const key = useRef(newKey());
  const act = useAct();
  /** Another wish is another question. @param {Record<string, string>} changes */
  const change = (changes) => {
    key.current = newKey();
    act.clear();
    setWish({ ...wish, ...changes });
  };
  const ready = { substitute: !wish.own || wish.substitute_sku, new_time: true, meant_twice: wish.repeats_order_id };
  const ask = () => act.run(async () => {
    const answer = await api(`ops/orders/${order.order_id}/questions`, { body: bodyOf(kind, wish), key: key.current });
    say(t('ask.done'));
    onDone(answer);
  });
  if (!kind) return html`<${Dialog} title=${t('ask')} onClose=${onClose}><p>${t('ask.none')}</p><//>`;
  const parts = { substitute: Substitute, new_time: Later, meant_twice: Twice };
  const Part = parts[/** @type {keyof typeof parts} */ (kind)];
  const actions = html`<${Button} onClick=${onClose}>${t('back')}<//>
    <${Button} kind="main" busy=${act.busy} disabled=${!ready[/** @type {keyof typeof ready} */ (kind)]} onClick=${ask}>${t('ask.do')}<//>`;
  return html`<${Dialog} title=${t('ask')} onClose=${onClose} actions=${actions}>
    ${kinds.length > 1 && html`<${Segments} label=${t('ask.about')} value=${kind}
      onChange=${(/** @type {string} */ next) => { setKind(next); change({}); }}
      options=${kinds.map((value) => ({ value, label: t(`ask.${value}`) }))} />`}
    <p class="dim">${t(`ask.${kind}.words`)}</p>
    <${Part} order=${order} wish=${wish} error=${act.error} change=${change} />
    <${Failure} error=${act.error} /><//>`;
}

/** @param {string} kind @param {Record<string, string>} wish */
function bodyOf(kind, wish) {
  if (kind === 'meant_twice') return { kind, repeats_order_id: wish.repeats_order_id };
  if (kind === 'new_time') {
    return { kind, ...(wish.at ? { promised_at: new Date(wish.at).toISOString() } : {}) };
  }
  const { line_id, substitute_sku } = wish;
  return { kind, line_id, ...(substitute_sku ? { substitute_sku } : {}) };
}

/** Docket's own proposal, or one's own. @param {any} props */
const Whose = ({ own, word, onChange }) => html`<fieldset class="stack" style="gap:8px">
  <legend class="hidden">${t('ask.whose')}</legend>
  ${[false, true].map((mine) => html`<label class="choice" key=${String(mine)}>
    <input type="radio" name="whose" checked=${own === mine} onChange=${() => onChange(mine)} />
    ${t(`ask.${word}.${mine ? 'own' : 'docket'}`)}</label>`)}</fieldset>`;

/** @param {any} props */
function Substitute({ order, wish, error, change }) {
  const line = order.line_items.find((/** @type {LineItem} */ each) => each.line_id === wish.line_id);
  /** Plain products of which there are enough. @param {string} q */
  const load = async (q) => {
    const query = new URLSearchParams({ store_id: order.store_id, limit: '50', ...(q ? { q } : {}) });
    const { items } = await api(`products?${query}`, { as: 'public' });
    return items.filter((/** @type {Product} */ one) => one.sku !== line.sku && !one.bundle_of
      && !one.options.some((option) => option.required) && (one.available ?? 0) >= line.quantity)
      .slice(0, OFFERED_MAX)
      .map((/** @type {Product} */ one) => ({
        value: one.sku, name: named(one.name), more: `${format(one.price)} · ${t('ask.left', { n: one.available })}`,
      }));
  };
  return html`<${Field} as="select" label=${t('ask.line')} required value=${wish.line_id}
      error=${faultAt(error, '/line_id')}
      onInput=${(/** @type {string} */ line_id) => change({ line_id, substitute_sku: '' })}>
      ${order.line_items.map((/** @type {LineItem} */ each) => html`<option key=${each.line_id}
        value=${each.line_id} selected=${each.line_id === wish.line_id}>
        ${each.quantity} × ${named(each.name)}</option>`)}<//>
    <${Whose} own=${Boolean(wish.own)} word="substitute"
      onChange=${(/** @type {boolean} */ mine) => change({ own: mine ? '1' : '', substitute_sku: '' })} />
    ${wish.own && html`<${Found} key=${line.sku} label=${t('ask.product')} none=${t('stock.none')} load=${load}
      value=${wish.substitute_sku} error=${faultAt(error, '/substitute_sku')}
      onPick=${(/** @type {string} */ substitute_sku) => change({ substitute_sku })} />`}`;
}

/** @param {any} props */
function Later({ order, wish, error, change }) {
  const own = 'at' in wish && wish.at !== '';
  return html`<${Whose} own=${own} word="new_time"
      onChange=${(/** @type {boolean} */ mine) => change({ at: mine ? later(order, 20) : '' })} />
    ${own && html`<${NewTime} order=${order} value=${wish.at} error=${faultAt(error, '/promised_at')}
      onChange=${(/** @type {string} */ at) => change({ at: at || later(order, 20) })} />`}`;
}

/** @param {any} props */
function Twice({ order, wish, error, change }) {
  /** This customer's own first, then whatever else is open. @param {string} q */
  const load = async (q) => {
    const query = new URLSearchParams({ store_id: order.store_id, limit: '100', ...(q ? { q } : { status: 'open' }) });
    const { items } = await api(`ops/orders?${query}`);
    return items.filter((/** @type {Order} */ one) => one.order_id !== order.order_id && (q || isOf(one, order)))
      .slice(0, OFFERED_MAX)
      .map((/** @type {Order} */ one) => ({
        value: one.order_id, name: one.number, more: `${moment(one.placed_at)} · ${format(one.totals.total)}`,
      }));
  };
  return html`<${Found} label=${t('ask.first')} none=${t('ask.noFirst')} load=${load} value=${wish.repeats_order_id}
    error=${faultAt(error, '/repeats_order_id')}
    onPick=${(/** @type {string} */ repeats_order_id) => change({ repeats_order_id })} />`;
}

/** Whether both are one customer's, as far as one can see. @param {Order} one @param {Order} other */
function isOf(one, other) {
  const marks = [one, other].map(({ customer_id, contact, fulfillment }) =>
    [customer_id, contact?.phone, contact?.email, fulfillment.table].filter(Boolean));
  return marks[0].some((mark) => marks[1].includes(mark));
}
