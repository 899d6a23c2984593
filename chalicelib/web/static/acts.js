/** The dialogs behind acts that need a word more: why, when, with whom. */
import { html, useRef, useState } from './dom.js';
import { Button, Dialog, Failure, Field, say, useAct } from './ui.js';
import { take } from './staff.js';
import { api, newKey } from './api.js';
import { fieldTime, t } from './i18n.js';

/** @type {Record<string, {fields: string[], danger?: boolean}>} */
const DIALOGS = {
  reject: { fields: ['reason'], danger: true },
  cancel: { fields: ['reason'], danger: true },
  ship: { fields: ['carrier', 'tracking_number', 'eta'] },
  shipments: { fields: ['carrier', 'tracking_number', 'eta'] },
  promise: { fields: [] },
};
/** @type {Record<string, any>} */
const FIELDS = {
  reason: { maxlength: 300, required: true },
  carrier: { maxlength: 60 },
  tracking_number: { maxlength: 80 },
  eta: { type: 'datetime-local' },
};

/** @param {{kind: string, order: Order, onClose: () => void, onDone: (answer?: any) => void}} props */
export function OrderDialog({ kind, order, onClose, onDone }) {
  const { fields, danger } = DIALOGS[kind];
  const [values, setValues] = useState(() => startOf(order));
  const key = useRef(newKey());
  const act = useAct();
  /** @param {string} name */
  const needed = (name) => FIELDS[name].required || (kind === 'shipments' && name !== 'eta');
  const ready = fields.every((name) => !needed(name) || (values[name] ?? '').trim())
    && (kind !== 'promise' || values.promised_at);
  const run = () => act.run(async () => {
    const answer = await send(kind, order, values, key.current);
    say(t(`dialog.${kind}.done`));
    onDone(answer);
  });
  const actions = html`<${Button} onClick=${onClose}>${t('back')}<//>
    <${Button} kind=${danger ? 'danger' : 'main'} busy=${act.busy} disabled=${!ready} onClick=${run}>
      ${t(`dialog.${kind}.do`)}<//>`;
  return html`<${Dialog} title=${t(`dialog.${kind}`)} onClose=${onClose} actions=${actions}>
    <p class="dim">${t(`dialog.${kind}.words`)}</p>
    ${fields.map((name) => html`<${Field} key=${name} label=${t(`field.${name}`)} ...${FIELDS[name]}
      required=${needed(name)} optional=${t('optional')} value=${values[name] ?? ''}
      onInput=${(/** @type {string} */ value) => setValues({ ...values, [name]: value })} />`)}
    ${kind === 'promise' && html`<${NewTime} order=${order} value=${values.promised_at}
      onChange=${(/** @type {string} */ promised_at) => setValues({ promised_at })} />`}
    <${Failure} error=${act.error} />
  <//>`;
}

/** @param {Order} order @returns {Record<string, string>} */
const startOf = (order) => ({ promised_at: fieldTime(order.promised_at ?? Date.now()) });

/** When the order is to be ready, with a press for a little later.
 * @param {{order: Order, value: string, error?: string, onChange: (value: string) => void}} props */
export function NewTime({ order, value, error, onChange }) {
  return html`<${Field} type="datetime-local" label=${t('field.promised_at')} required value=${value}
      error=${error} onInput=${onChange} />
    <div class="even">${[10, 20, 30].map((minutes) => html`<${Button} key=${minutes}
      onClick=${() => onChange(later(order, minutes))}>+${t('minutes', { n: minutes })}<//>`)}</div>`;
}

/** So many minutes after what was promised, or from now where that is past. @param {Order} order @param {number} minutes */
export const later = (order, minutes) =>
  fieldTime(Math.max(Date.parse(order.promised_at ?? '') || 0, Date.now()) + minutes * 60_000);

/** @param {string} kind @param {Order} order @param {Record<string, string>} values @param {string} key */
function send(kind, order, values, key) {
  const path = `ops/orders/${order.order_id}`;
  /** @param {string} name */
  const utc = (name) => (values[name] ? { [name]: new Date(values[name]).toISOString() } : {});
  /** @param {string} name */
  const said = (name) => (values[name]?.trim() ? { [name]: values[name].trim() } : {});
  const parcel = { ...said('carrier'), ...said('tracking_number'), ...utc('eta') };
  if (kind === 'promise') {
    const ifMatch = `"${order.version}"`;
    return api(`${path}/promise`, { method: 'PATCH', body: utc('promised_at'), ifMatch });
  }
  if (kind === 'shipments') return api(`${path}/shipments`, { body: parcel, key });
  if (kind === 'ship') return take(order, 'ship', parcel);
  return take(order, kind, said('reason'));
}
