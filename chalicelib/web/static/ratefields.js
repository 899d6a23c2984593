/** One rate as a form: its fields, what is wrong with them, and the way to the API's form and back. */
import { html } from './dom.js';
import { Field } from './ui.js';
import { fieldTime, language, t } from './i18n.js';

/** Those that amounts can be kept in. */
const CURRENCIES = ('AED AUD BHD BRL CAD CHF CLP CNY CZK DKK EUR GBP HKD HUF IDR INR ISK JOD JPY KRW KWD MOP MXN '
  + 'MYR NOK NZD OMR PHP PLN SEK SGD THB TND TWD USD VND ZAR').split(' ');
const RATE = /^\d{1,9}(\.\d{1,12})?$/;
const MARGIN = /^\d{1,2}([.,]\d{1,2})?$/;
const MARGIN_PERCENT_MAX = 20;
const DAY_MS = 86_400_000;

/** @param {any} rate as the API gives it @returns {RateForm} */
export const filledIn = (rate) => ({
  currency: rate.currency,
  rate: rate.rate,
  source: rate.source,
  margin: String(rate.margin_basis_points / 100),
  rated_at: fieldTime(rate.rated_at),
  valid_until: fieldTime(rate.valid_until),
  given: rate,
});

/** From now on for a day. @returns {RateForm} */
export const blank = () => ({
  currency: '', rate: '', source: '', margin: '0',
  rated_at: fieldTime(Date.now()), valid_until: fieldTime(Date.now() + DAY_MS),
});

/** @param {RateForm} form as the API takes it */
export function rateOf(form) {
  /** The field knows no seconds: a time that nobody touched stays exactly as it was.
   * @param {'rated_at' | 'valid_until'} name */
  const at = (name) => (form.given && fieldTime(form.given[name]) === form[name]
    ? form.given[name] : new Date(form[name]).toISOString());
  return {
    currency: form.currency,
    rate: form.rate.trim(),
    source: form.source.trim(),
    margin_basis_points: Math.round(Number(form.margin.replace(',', '.')) * 100),
    rated_at: at('rated_at'),
    valid_until: at('valid_until'),
  };
}

/** The fields that cannot stay as they are, with the key of what to say.
 * @param {RateForm} form @param {string[]} taken the currencies that it cannot be @returns {Map<string, string>} */
export function faultsOf(form, taken) {
  const right = {
    currency: Boolean(form.currency) && !taken.includes(form.currency),
    rate: RATE.test(form.rate.trim()) && Number(form.rate) > 0,
    margin_basis_points: MARGIN.test(form.margin.trim())
      && Number(form.margin.replace(',', '.')) <= MARGIN_PERCENT_MAX,
    source: Boolean(form.source.trim()),
    rated_at: Boolean(form.rated_at),
    valid_until: Boolean(form.valid_until) && form.valid_until > form.rated_at,
  };
  return new Map(Object.entries(right).filter(([, fine]) => !fine).map(([name]) => [name, `rates.fault.${name}`]));
}

/** @param {{rate: RateForm, own: string, editable: boolean, faultOf: (name: string) => string,
 *   onChange: (changes: Partial<RateForm>) => void}} props */
export function RateFields({ rate, own, editable, faultOf, onChange }) {
  const names = new Intl.DisplayNames([language.get()], { type: 'currency' });
  /** @param {keyof RateForm} name @param {any} [rest] */
  const field = (name, rest = {}) => html`<${Field} label=${t(`rates.${name}`)} required disabled=${!editable}
    value=${rate[name]} error=${faultOf(rest.told ?? name)}
    onInput=${(/** @type {string} */ value) => onChange({ [name]: value })} ...${rest} />`;
  return html`<div class="grid3">
    ${field('currency', { as: 'select', children: html`<option value="">${t('rates.choose')}</option>
      ${CURRENCIES.filter((code) => code !== own).map((code) => html`<option key=${code} value=${code}
        selected=${code === rate.currency}>${code} · ${names.of(code)}</option>`)}` })}
    ${field('rate', { inputmode: 'decimal', maxlength: 22, hint: t('rates.rateHint', { own }) })}
    ${field('margin', { inputmode: 'decimal', maxlength: 5, hint: t('rates.marginHint'), told: 'margin_basis_points' })}
    ${field('source', { maxlength: 120, hint: t('rates.sourceHint') })}
    ${field('rated_at', { type: 'datetime-local' })}
    ${field('valid_until', { type: 'datetime-local', hint: t('rates.untilHint') })}
  </div>`;
}
