/** Changing an order until the store begins with it: how many of what, where to, and the note; priced before it is saved. */
import { html, useMemo, useRef, useState } from './dom.js';
import { Button, Dialog, Failure, Field, Notice, faultAt, say, useAct } from './ui.js';
import { Found } from './found.js';
import { Stepper, TotalsView } from './cartview.js';
import { api, asHolder } from './api.js';
import { mostOf } from './cart.js';
import { useShop } from './catalog.js';
import { format, withAmount } from './money.js';
import { named, t } from './i18n.js';
import { useQuote } from './quote.js';

const OFFERED_MAX = 6;
const ADDRESS = ['line1', 'line2', 'city'];

/** @typedef {{sku: string, name: Names, detail: string, quantity: number, options: string[]}} Wish */

/** @param {{order: Order, onClose: () => void, onDone: (order: Order) => void}} props */
export function ChangeDialog({ order, onClose, onDone }) {
  const [lines, setLines] = useState(() => order.line_items.map(wishOf));
  const [place, setPlace] = useState(/** @type {any} */ (order.fulfillment));
  const [note, setNote] = useState(order.note ?? '');
  const [adding, setAdding] = useState(false);
  const act = useAct();
  const wanted = useMemo(() => ({
    line_items: lines.filter((line) => line.quantity > 0).map(({ sku, quantity, options }) => ({ sku, quantity, options })),
    fulfillment: given(place),
    note: note.trim() || null,
  }), [lines, place, note]);
  const some = wanted.line_items.length > 0;
  const { quote, error, fresh } = useQuote(some
    ? { store_id: order.store_id, channel: order.channel, ...wanted, note: undefined } : null);
  const total = fresh ? quote?.totals.total : undefined;
  const changed = JSON.stringify(wanted) !== JSON.stringify(asIs(order));
  const save = () => act.run(async () => {
    const body = { ...wanted, ...(total ? { expected_total: total } : {}) };
    const options = { method: 'PATCH', body, ifMatch: `"${order.version}"`, ...asHolder(order.order_id) };
    const answer = await api(`orders/${order.order_id}`, options);
    say(t(answer.pending_edit ? 'change.toPay' : 'change.done'));
    onDone(answer);
  });
  /** @param {number} at @param {number} quantity */
  const count = (at, quantity) => setLines(lines.map((line, i) => (i === at ? { ...line, quantity } : line)));
  /** @param {Wish} line */
  const add = (line) => {
    setLines([...lines, line]);
    setAdding(false);
  };
  const actions = html`<${Button} onClick=${onClose}>${t('back')}<//>
    <${Button} kind="main" busy=${act.busy} disabled=${!changed || !some || !fresh} onClick=${save}>${t('change.do')}<//>`;
  return html`<${Dialog} title=${t('change')} onClose=${onClose} actions=${actions}>
    <p class="dim">${t('change.words')}</p>
    <ul class="stack">${lines.map((line, i) => html`<li key=${i} class="between">
      <span class=${line.quantity ? '' : 'dim'}>${line.quantity ? named(line.name) : html`<s>${named(line.name)}</s>`}
        ${line.detail && html`<br /><span class="dim">${line.detail}</span>`}</span>
      <${Stepper} name=${named(line.name)} value=${line.quantity}
        onChange=${(/** @type {number} */ n) => count(i, n)} /></li>`)}</ul>
    ${adding ? html`<${Products} order=${order} taken=${lines.map((line) => line.sku)} onPick=${add} />`
      : html`<div><${Button} icon="plus" onClick=${() => setAdding(true)}>${t('change.add')}<//></div>`}
    <${Place} order=${order} place=${place} error=${act.error} onChange=${setPlace} />
    <${Field} as="textarea" label=${t('field.note')} optional=${t('optional')} maxlength="500" value=${note}
      onInput=${setNote} />
    ${!some && html`<${Notice} tone="warn" icon="warn">${t('change.nothingLeft')}<//>`}
    ${some && quote && html`<${TotalsView} totals=${quote.totals} />`}
    ${total && html`<p role="status">${difference(order, total)}</p>`}
    <${Failure} error=${act.error ?? error} /><//>`;
}

/** What a paid order then costs or gives back. @param {Order} order @param {Money} total */
function difference(order, total) {
  const minor = total.amount_minor - order.totals.total.amount_minor;
  if (order.payment_status !== 'paid' || minor === 0) return '';
  return t(minor > 0 ? 'change.more' : 'change.less', { amount: format(withAmount(total, Math.abs(minor))) });
}

/** @param {any} props */
function Place({ order, place, error, onChange }) {
  const { data: store } = useShop(order.store_id);
  if (place.type === 'dine_in') {
    return html`<${Field} as="select" label=${t('field.table')} required value=${place.table}
      onInput=${(/** @type {string} */ table) => onChange({ ...place, table })}>
      ${(store?.tables ?? [place.table]).map((/** @type {string} */ table) => html`<option key=${table} value=${table}
        selected=${table === place.table}>${table}</option>`)}<//>`;
  }
  if (place.type !== 'delivery') return null;
  return html`<div class="grid2">${ADDRESS.map((name) => html`<${Field} key=${name} label=${t(`field.${name}`)}
    required=${name === 'line1'} optional=${t('optional')} value=${place.address?.[name] ?? ''}
    error=${faultAt(error, `/fulfillment/address/${name}`)}
    onInput=${(/** @type {string} */ value) => onChange({ ...place, address: { ...place.address, [name]: value } })} />`)}</div>`;
}

/** Products that need no choice, by name. @param {{order: Order, taken: string[], onPick: (line: Wish) => void}} props */
function Products({ order, taken, onPick }) {
  const seen = useRef(/** @type {Product[]} */ ([]));
  /** @param {string} q */
  const load = async (q) => {
    const query = new URLSearchParams({ store_id: order.store_id, limit: '50', ...(q ? { q } : {}) });
    const { items } = await api(`products?${query}`, { as: 'public' });
    seen.current = items.filter((/** @type {Product} */ one) => !taken.includes(one.sku) && mostOf(one) > 0
      && !one.options.some((option) => option.required)).slice(0, OFFERED_MAX);
    return seen.current.map((one) => ({ value: one.sku, name: named(one.name), more: format(one.price) }));
  };
  /** @param {string} sku */
  const pick = (sku) => {
    const found = seen.current.find((one) => one.sku === sku);
    if (found) onPick({ sku, name: found.name, detail: '', quantity: 1, options: [] });
  };
  return html`<${Found} label=${t('change.add')} none=${t('menu.none')} load=${load} adds=${true} onPick=${pick} />`;
}

/** @param {LineItem} line @returns {Wish} */
const wishOf = (line) => ({
  sku: line.sku,
  name: line.name,
  detail: line.options.map((option) => named(option.name)).join(' · '),
  quantity: line.quantity,
  options: line.options.map((option) => option.choice_id),
});

/** @param {Order} order */
const asIs = (order) => ({
  line_items: order.line_items.map(wishOf).map(({ sku, quantity, options }) => ({ sku, quantity, options })),
  fulfillment: given(order.fulfillment),
  note: order.note,
});

/** Without what is empty, at every depth. @param {any} value @returns {any} */
const given = (value) => Object.fromEntries(Object.entries(value).filter(([, each]) => each)
  .map(([name, each]) => [name, typeof each === 'object' ? given(each) : each]));
