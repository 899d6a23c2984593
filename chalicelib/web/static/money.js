/** Money as people read it, from integers of the minor unit; nothing here computes with fractions. */
import { language } from './i18n.js';

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @param {string} currency */
function formatOf(currency) {
  const key = `${language.get()} ${currency}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(language.get(), {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  });
  formats.set(key, made);
  return made;
}

/** @param {string} currency */
export function digitsOf(currency) {
  return formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2;
}

/** @param {Money | null | undefined} money */
export function format(money) {
  if (!money) return '';
  return formatOf(money.currency).format(money.amount_minor / 10 ** digitsOf(money.currency));
}

/**
 * What a person typed, in minor units; null if it is no amount.
 * @param {string} text
 * @param {string} currency
 */
export function parse(text, currency) {
  const digits = digitsOf(currency);
  const match = /^\s*(\d{1,12})(?:[.,](\d*))?\s*$/.exec(text);
  if (!match || (match[2] ?? '').length > digits) return null;
  return Number(match[1]) * 10 ** digits + Number((match[2] ?? '').padEnd(digits, '0') || 0);
}

/** @param {Money} money @param {number} amount_minor */
export const withAmount = (money, amount_minor) => ({ ...money, amount_minor });
