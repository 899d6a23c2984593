/** What else a rule has: how bad it is, who is told and when, and what it looks at. */
import { html } from './dom.js';
import { Field } from './ui.js';
import { moment, named, t } from './i18n.js';
import { nameOfStaff } from './colleagues.js';

const SEVERITIES = ['critical', 'warning', 'info'];
export const ALERTS = ['email', 'sms', 'dingtalk', 'wecom', 'feishu', 'slack', 'webhook'];
const ORDERS = ['web', 'app', 'qr', 'kiosk', 'pos', 'watch'];
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const CUSTOMERS = ['everyone', 'registered', 'guests'];
const MUTE_HOURS = [1, 8, 24];
const MORE = ['severity', 'repair', 'channels', 'quiet_hours', 'muted_until', 'only'];

/** Empty hours and an empty guard are none at all. @param {any} values @returns {any} */
export function editedMore(values) {
  const { quiet_hours: hours, only } = values;
  return {
    ...Object.fromEntries(MORE.map((name) => [name, values[name]])),
    quiet_hours: hours?.start && hours?.end ? hours : null,
    only: only && (only.channels.length || only.amount_minor_min || only.store_ids.length
      || only.customers !== 'everyone') ? only : null,
  };
}

/** @param {any} values @param {any} rule */
export const moreChanged = (values, rule) =>
  MORE.some((name) => JSON.stringify(editedMore(values)[name] ?? null) !== JSON.stringify(rule[name] ?? null));

/**
 * @param {{rule: any, values: any, stores: Store[] | null, edit: (changes: any) => void,
 *   editable: boolean}} props
 */
export function More({ rule, values, stores, edit, editable }) {
  const hours = values.quiet_hours ?? { start: '', end: '', time_zone: ZONE };
  const only = values.only
    ?? { store_ids: [], channels: [], amount_minor_min: null, customers: 'everyone' };
  const off = !editable;
  /** @param {string} word */
  const narrows = (word) => rule.narrowed_by.includes(word);
  /** @param {string} end */
  const clock = (end) => html`<label class="field"><span>${t(`rules.quiet.${end}`)}</span>
    <input type="time" disabled=${off} value=${hours[end]}
      onInput=${(/** @type {any} */ event) =>
        edit({ quiet_hours: { ...hours, [end]: event.target.value } })} /></label>`;
  return html`<details><summary>${t('rules.more')}</summary><div class="stack" style="gap:12px">
    <${Field} as="select" label=${t('rules.severity')} value=${values.severity} required
      disabled=${off} onInput=${(/** @type {string} */ severity) => edit({ severity })}>
      ${SEVERITIES.map((name) => html`<option key=${name} value=${name}
        selected=${name === values.severity}>${t(`severity.${name}`)}</option>`)}<//>
    <label class="choice"><input type="checkbox" disabled=${off} checked=${values.repair}
      onChange=${() => edit({ repair: !values.repair })} /> ${t('rules.repair')}</label>
    <${Picks} legend=${t('rules.channels')} names=${ALERTS} picked=${values.channels} off=${off}
      word="alert" onPick=${(/** @type {string[]} */ channels) => edit({ channels })} />
    <fieldset><legend>${t('rules.quiet')}</legend><div class="row">
      ${['start', 'end'].map(clock)}</div>
      <p class="dim">${t('rules.quiet.words', { zone: hours.time_zone })}</p></fieldset>
    <fieldset><legend>${t('rules.muted')}</legend>
      <p class="dim">${values.muted_until ? moment(values.muted_until) : t('rules.muted.not')}</p>
      ${editable && html`<div class="row">${MUTE_HOURS.map((n) => html`<button key=${n} type="button"
        class="button" onClick=${() => edit({ muted_until: inHours(n) })}>
        ${t('hours', { n })}</button>`)}
        ${values.muted_until && html`<button type="button" class="button"
          onClick=${() => edit({ muted_until: null })}>${t('rules.muted.end')}</button>`}</div>`}
    </fieldset>
    ${narrows('channels') && html`<${Picks} legend=${t('rules.only.channels')} names=${ORDERS}
      picked=${only.channels} off=${off} word="channel" onPick=${(/** @type {string[]} */ channels) =>
        edit({ only: { ...only, channels } })} />`}
    ${narrows('customers') && html`<${Field} as="select" label=${t('rules.only.customers')} required
      value=${only.customers} disabled=${off} onInput=${(/** @type {string} */ customers) =>
        edit({ only: { ...only, customers } })}>
      ${CUSTOMERS.map((name) => html`<option key=${name} value=${name}
        selected=${name === only.customers}>${t(`rules.only.${name}`)}</option>`)}<//>`}
    ${narrows('amount_minor_min') && html`<${Field} label=${t('rules.only.amount')} inputmode="numeric"
      disabled=${off} value=${only.amount_minor_min ?? ''} onInput=${(/** @type {string} */ value) =>
        edit({ only: { ...only, amount_minor_min: Number(value) || null } })} />`}
    ${narrows('store_ids') && html`<${Stores} all=${stores} picked=${only.store_ids} off=${off}
      onPick=${(/** @type {string[]} */ ids) => edit({ only: { ...only, store_ids: ids } })} />`}
    ${rule.updated_by && html`<p class="dim">
      ${t('rules.edited', { who: nameOfStaff(rule.updated_by), when: moment(rule.updated_at), n: rule.version })}
    </p>`}
  </div></details>`;
}

/** The stores that a rule is for; of very many, by the API. @param {any} props */
function Stores({ all, picked, off, onPick }) {
  if (!all || all.length < 2) return null;
  return html`<fieldset><legend>${t('rules.only.stores')}</legend><div class="row">
    ${all.map((/** @type {any} */ one) => html`<label key=${one.store_id} class="choice">
      <input type="checkbox" disabled=${off} checked=${picked.includes(one.store_id)}
        onChange=${() => onPick(picked.includes(one.store_id)
          ? picked.filter((/** @type {string} */ id) => id !== one.store_id)
          : [...picked, one.store_id])} /> ${named(one.name)}</label>`)}</div></fieldset>`;
}

/** Several words of a few. @param {any} props */
export function Picks({ legend, names, picked, off, word, onPick }) {
  return html`<fieldset><legend>${legend}</legend><div class="row">
    ${names.map((/** @type {string} */ name) => html`<label key=${name} class="choice">
      <input type="checkbox" disabled=${off} checked=${picked.includes(name)}
        onChange=${() => onPick(picked.includes(name)
          ? picked.filter((/** @type {string} */ one) => one !== name) : [...picked, name])} />
      ${t(`${word}.${name}`)}</label>`)}</div></fieldset>`;
}

/** @param {number} n */
const inHours = (n) => new Date(Math.floor(Date.now() / 1000) * 1000 + n * 3_600_000).toISOString();
