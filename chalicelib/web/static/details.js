/** The customer's details: contact, way of fulfillment, address and note; kept for the next order. */
import { html, useEffect, useMemo, useState } from './dom.js';
import { Field, Segments } from './ui.js';
import { api } from './api.js';
import { t } from './i18n.js';
import { session } from './session.js';
import { read, useStore, write } from './state.js';

const KEPT = 'docket.contact';
const ICONS = { delivery: 'bike', pickup: 'bag', dine_in: 'table' };
const BLANK = {
  name: '', phone: '', email: '', line1: '', line2: '', city: '', postal_code: '', note: '', table: '', type: '',
};

/** @param {any} store @param {Cart} cart */
export function useDetails(store, cart) {
  const [values, setValues] = useState(() =>
    /** @type {typeof BLANK} */ ({ ...BLANK, ...read(KEPT), note: '', table: cart.table }));
  const signedIn = useStore(session);
  useEffect(() => {
    if (!signedIn) return;
    api('me').then((me) => setValues((old) => ({
      ...old,
      name: old.name || me.name || '',
      phone: old.phone || me.phone || '',
      email: old.email || me.email || '',
    })), () => undefined);
  }, [Boolean(signedIn)]);
  return useMemo(() => {
    const types = /** @type {string[]} */ (store.fulfillment_types ?? []);
    const seated = values.table && types.includes('dine_in') && !values.type;
    const type = seated ? 'dine_in' : types.includes(values.type) ? values.type : types[0];
    /** @param {Record<string, string>} changes */
    const change = (changes) => {
      const next = { ...values, ...changes };
      setValues(next);
      write(KEPT, { ...next, note: undefined, table: undefined, type: undefined });
    };
    return {
      values, type, change,
      contact: () => given({ name: values.name, phone: values.phone, email: values.email }),
      fulfillment: () => ({
        type,
        ...(type === 'delivery' && values.line1 ? { address: given(addressOf(values)) } : {}),
        ...(type === 'dine_in' && values.table ? { table: values.table } : {}),
      }),
    };
  }, [values, store]);
}

/** @param {typeof BLANK} values */
const addressOf = ({ line1, line2, city, postal_code }) => ({ line1, line2, city, postal_code });

/** @param {Record<string, string>} values */
const given = (values) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.trim()]).filter(([, value]) => value));

/** What is still to be filled in, with the words for it. @param {any} details @param {boolean} signedIn */
export function missingFields({ values, type }, signedIn) {
  /** @type {Map<string, string>} */
  const missing = new Map();
  if (type === 'delivery' && !values.line1.trim()) missing.set('line1', t('missing.address'));
  if (type === 'dine_in' && !values.table.trim()) missing.set('table', t('missing.table'));
  const reachable = values.phone.trim() || values.email.trim();
  if (!reachable && !signedIn && type !== 'dine_in') missing.set('phone', t('missing.contact'));
  if (values.email.trim() && !/^\S+@\S+\.\S+$/.test(values.email.trim())) missing.set('email', t('missing.email'));
  return missing;
}

/** @param {any} props */
export function FulfillmentFields({ store, details, missing }) {
  const { values, type, change } = details;
  const options = (store.fulfillment_types ?? []).map((/** @type {keyof typeof ICONS} */ value) => ({
    value, label: t(`fulfillment.${value}`), icon: ICONS[value],
  }));
  /** @param {string} name @param {any} [rest] */
  const field = (name, rest = {}) => html`<${Field} key=${name} label=${t(`field.${name}`)}
    value=${values[name]}
    error=${missing.get(name)} onInput=${(/** @type {string} */ value) => change({ [name]: value })}
      optional=${t('optional')} ...${rest} />`;
  return html`<div class="stack">
    <${Segments} label=${t('checkout.how')} value=${type} options=${options}
      onChange=${(/** @type {string} */ value) => change({ type: value })} />
    ${type === 'delivery' && html`${field('line1', { required: true, autocomplete: 'address-line1' })}
      <div class="grid2">${field('line2', { autocomplete: 'address-line2' })}
        ${field('city', { autocomplete: 'address-level2' })}</div>`}
    ${type === 'dine_in' && html`<${Field} as=${store.tables?.length ? 'select' : 'input'}
      label=${t('field.table')} required value=${values.table}
      error=${missing.get('table')}
        onInput=${(/** @type {string} */ value) => change({ table: value })}>
      ${store.tables?.length > 0 && html`<option value="">${t('field.chooseTable')}</option>
        ${store.tables.map((/** @type {any} */ table) => {
        const name = typeof table === 'string' ? table : table.table;
        return html`<option key=${name} value=${name} selected=${name === values.table}>${name}
          </option>`;
      })}`}<//>`}
    ${type === 'pickup' && html`<p class="dim">${t('checkout.pickup')}</p>`}
  </div>`;
}

/** @param {any} props */
export function ContactFields({ details, missing }) {
  const { values, change } = details;
  /** @param {string} name @param {any} rest */
  const field = (name, rest) => html`<${Field} label=${t(`field.${name}`)} value=${values[name]}
    error=${missing.get(name)}
    onInput=${(/** @type {string} */ value) => change({ [name]: value })} optional=${t('optional')}
      ...${rest} />`;
  return html`<div class="stack">
    <div class="grid2">${field('name', { autocomplete: 'name' })}
      ${field('phone', { type: 'tel', autocomplete: 'tel', inputmode: 'tel' })}</div>
    ${field('email', { type: 'email', autocomplete: 'email', hint: t('field.emailHint') })}
  </div>`;
}

/** @param {any} props */
export const Note = ({ details }) => html`<${Field} as="textarea" label=${t('field.note')}
  maxlength="500" value=${details.values.note}
  optional=${t('optional')} onInput=${(/** @type {string} */ note) => details.change({ note })} />`;
