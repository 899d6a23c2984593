/** Being charged in another currency than the store's: what it comes to, and choosing it. */
import { html, useEffect, useState } from './dom.js';
import { api } from './api.js';
import { format } from './money.js';
import { moment, t } from './i18n.js';

/**
 * What a way to pay can charge for an amount, asked for only where that is more than the amount.
 * @param {string} storeId @param {PaymentWay | undefined} way @param {Money | undefined} amount
 */
export function useCharges(storeId, way, amount) {
  const [known, setKnown] = useState({ of: 0, charges: /** @type {Charge[]} */ ([]) });
  const [picked, setPicked] = useState('');
  const [round, setRound] = useState(0);
  const currencies = way?.currencies ?? [];
  const minor = amount?.amount_minor ?? 0;
  const asked = minor > 0 && currencies.some((currency) => currency !== amount?.currency);
  useEffect(() => {
    if (!asked) return undefined;
    const stop = new AbortController();
    const path = `stores/${encodeURIComponent(storeId)}/charges?amount_minor=${minor}`;
    api(path, { as: 'public', signal: stop.signal }).then(
      (answer) => setKnown({ of: minor, charges: answer.charges }),
      (error) => error.name !== 'AbortError' && setKnown({ of: 0, charges: [] }),
    );
    return () => stop.abort();
  }, [storeId, asked, minor, round]);
  const charges = asked && known.of === minor
    ? known.charges.filter((charge) => currencies.includes(charge.amount.currency)) : [];
  const takesOwn = !amount || currencies.includes(amount.currency);
  const found = charges.find((charge) => charge.amount.currency === picked);
  return {
    charges,
    takesOwn,
    charge: found ?? (takesOwn ? undefined : charges[0]),
    pick: setPicked,
    again: () => setRound((n) => n + 1),
  };
}

/** In which currency to be charged; nothing where there is no choice.
 * @param {{amount: Money | undefined, offer: ReturnType<typeof useCharges>}} props */
export function ChargePicker({ amount, offer }) {
  if (!amount || offer.charges.length === 0) return null;
  const own = offer.takesOwn ? [{ amount, words: t('charge.own') }] : [];
  const others = offer.charges.map((charge) => ({ amount: charge.amount, words: rateOf(charge, amount) }));
  const chosen = offer.charge?.amount.currency ?? amount.currency;
  return html`<fieldset class="stack" style="gap:10px"><legend class="dim">${t('charge.how')}</legend>
    ${[...own, ...others].map((each) => html`<label class="choice" key=${each.amount.currency}>
      <input type="radio" name="currency" value=${each.amount.currency}
        checked=${each.amount.currency === chosen}
        onChange=${() => offer.pick(each.amount.currency)} />
      <span class="grow"><span class="money">${format(each.amount)}</span> ${each.amount.currency}<br />
        <span class="dim">${each.words}</span></span>
    </label>`)}
  </fieldset>`;
}

/** @param {Charge} charge @param {Money} amount */
const rateOf = (charge, amount) => t('charge.rate', {
  own: amount.currency,
  rate: charge.rate,
  other: charge.amount.currency,
  source: charge.rate_source,
  until: moment(charge.valid_until),
});

/** What is or was charged elsewhere, beside the amount that it is here.
 * @param {{charge: Money | undefined}} props */
export const Charged = ({ charge }) => charge && html`<br /><span class="dim">
  ${t('charge.taken', { amount: `${format(charge)} ${charge.currency}` })}</span>`;
