/** The cart as people see it: lines with their quantity, an undo, and the sums. */
import { html } from './dom.js';
import { Empty, IconButton, say } from './ui.js';
import { Tile } from './tile.js';
import { Icon } from './icons.js';
import { cartOf, estimate, restore, setQuantity } from './cart.js';
import { format } from './money.js';
import { named, t } from './i18n.js';
import { href } from './router.js';
import { useStore } from './state.js';

/** @param {{name: string, value: number, min?: number, max?: number, onChange: (n: number) => void}} props */
export function Stepper({ name, value, min = 0, max = 99, onChange }) {
  const less = value === 1 && min === 0 ? 'trash' : 'minus';
  return html`<span class="stepper" role="group" aria-label=${t('quantity', { name })}>
    <${IconButton} icon=${less} label=${t('quantity.less', { name })} disabled=${value <= min}
      onClick=${() => onChange(value - 1)} />
    <output>${value}</output>
    <${IconButton} icon="plus" label=${t('quantity.more', { name })} disabled=${value >= max}
      onClick=${() => onChange(value + 1)} />
  </span>`;
}

/** @param {{storeId: string, cart: Cart, problems?: Map<number, string>}} props */
export function CartLines({ storeId, cart, problems }) {
  /** @param {CartLine} line @param {number} quantity */
  const change = (line, quantity) => {
    const before = cart;
    setQuantity(storeId, line.key, quantity);
    if (quantity === 0) {
      const action = { label: t('undo'), run: () => restore(storeId, before) };
      say(t('cart.removed', { name: named(line.name) }), action);
    }
  };
  return html`<ul>${cart.lines.map((line, i) => html`<li class="line" key=${line.key}>
    <${Tile} name=${named(line.name)} image=${line.image} />
    <div><p class="line-name">${named(line.name)}</p>
      ${line.detail && html`<p class="dim">${line.detail}</p>`}</div>
    <span class="money">
      ${format({ ...line.unit, amount_minor: line.unit.amount_minor * line.quantity })}</span>
    <div class="controls"><span class="dim money">${format(line.unit)}</span>
      <${Stepper} name=${named(line.name)} value=${line.quantity}
        onChange=${(/** @type {number} */ n) => change(line, n)} /></div>
    ${problems?.get(i) && html`<p class="error"><${Icon} name="warn" /> ${problems.get(i)}</p>`}
  </li>`)}</ul>`;
}

/** @param {{totals: Totals, inclusive?: boolean}} props */
export function TotalsView({ totals }) {
  /** @param {keyof Totals} name @param {string} [sign] */
  const row = (name, sign = '') => totals[name]?.amount_minor !== 0 && html`<div key=${name}>
    <span>${t(`totals.${name}`)}</span><span class="money">${sign}${format(totals[name])}</span></div>`;
  const sum = totals.subtotal.amount_minor - totals.discount.amount_minor + totals.delivery_fee.amount_minor;
  const included = sum === totals.total.amount_minor && totals.tax.amount_minor > 0;
  return html`<div class="totals">
    ${row('subtotal')} ${row('discount', '−')} ${row('delivery_fee')} ${!included && row('tax')}
    <div class="grand"><span>${t('totals.total')}</span><span class="money">${format(totals.total)}
      </span></div>
    ${included && html`<div class="dim"><span>${t('totals.included')}</span><span class="money">
      ${format(totals.tax)}</span></div>`}
  </div>`;
}

/** The cart as a screen of its own, for phones. @param {{storeId: string}} props */
export function CartPage({ storeId }) {
  const cart = useStore(cartOf(storeId));
  const menu = href(['s', storeId]);
  return html`<main id="main" class="narrow stack">
    <div class="row"><a class="icon-button" href=${menu} aria-label=${t('back')}><${Icon} name="back" />
      </a><h1>${t('cart')}</h1></div>
    ${cart.lines.length === 0
      ? html`<${Empty} art="🛍️" title=${t('cart.empty')}><a class="button main" href=${menu}>
        ${t('cart.browse')}</a><//>`
      : html`<div class="card"><${CartLines} storeId=${storeId} cart=${cart} /></div>
        <div class="between"><span class="dim">${t('cart.beforeFees')}</span><b class="money">
          ${format(estimate(cart))}</b></div>
        <a class="button main big wide" href=${href(['s', storeId, 'checkout'])}>
          ${t('cart.checkout')}</a>
        <a class="button quiet" href=${menu}>${t('cart.more')}</a>`}
  </main>`;
}
