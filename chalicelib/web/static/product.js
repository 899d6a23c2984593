/** One product in full: its picture, what it contains, and the choices that it asks for. */
import { html, useState } from './dom.js';
import { Badge, Button, Dialog, say } from './ui.js';
import { Stepper } from './cartview.js';
import { add, mostOf, unitPrice } from './cart.js';
import { format } from './money.js';
import { named, t } from './i18n.js';

/** @param {{product: Product, storeId: string, products: Product[] | null, onClose: () => void}} props */
export function ProductSheet({ product, storeId, products, onClose }) {
  const [choices, setChoices] = useState(() => firstChoices(product));
  const [quantity, setQuantity] = useState(1);
  const [asked, setAsked] = useState(false);
  const missing = product.options.filter((option) => option.required && !choicesOf(option, choices).length);
  const most = mostOf(product);
  const gone = most <= 0;
  const unit = unitPrice(product, choices);
  const total = { ...unit, amount_minor: unit.amount_minor * quantity };
  const name = named(product.name);

  const put = () => {
    if (missing.length > 0) return void setAsked(true);
    add(storeId, product, quantity, choices);
    say(t('cart.added', { name }));
    onClose();
  };
  const actions = gone ? html`<${Badge}>${t('product.gone')}<//>` : html`
    <${Stepper} name=${name} value=${quantity} min=${1} max=${most}
      onChange=${setQuantity} />
    <${Button} kind="main" class="big" onClick=${put}>${t('product.put')} · <span class="money">
      ${format(total)}</span><//>`;

  return html`<${Dialog} title=${name} onClose=${onClose} actions=${actions}>
    <${TileHero} product=${product} />
    ${named(product.description) && html`<p>${named(product.description)}</p>`}
    ${product.bundle_of && html`<div><h3>${t('product.includes')}</h3><ul>
      ${product.bundle_of.map((part) => html`<li key=${part.sku}>
        ${part.quantity} × ${partName(part, products)}</li>`)}
    </ul></div>`}
    ${product.options.map((option) => html`<${Options} key=${option.option_id} option=${option}
      choices=${choices}
      wrong=${asked && missing.includes(option)} onChange=${setChoices} />`)}
    ${!gone && most <= 5 && html`<p><${Badge} tone="warn">
      ${t('product.few', { n: most })}<//></p>`}
  <//>`;
}

/** @param {{product: Product}} props */
function TileHero({ product }) {
  if (!product.images[0]) return null;
  return html`<img class="hero-tile" src=${product.images[0]} alt="" width="640" height="360" />`;
}

/** @param {{sku: string, name?: Names}} part @param {Product[] | null} products */
function partName(part, products) {
  return named(part.name ?? products?.find((product) => product.sku === part.sku)?.name ?? part.sku);
}

/** A required choice starts at its first entry, as nearly everybody wants it. @param {Product} product */
function firstChoices(product) {
  return product.options.filter((option) => option.required && option.choices.length > 0)
    .map((option) => option.choices[0].choice_id);
}

/** @param {ProductOption} option @param {string[]} choices */
const choicesOf = (option, choices) =>
  option.choices.map((choice) => choice.choice_id).filter((id) => choices.includes(id));

/** @param {any} props */
function Options({ option, choices, wrong, onChange }) {
  const most = option.choices_max;
  const held = choicesOf(option, choices);
  const single = most === 1;
  /** @param {string} id */
  const pick = (id) => {
    const others = choices.filter((/** @type {string} */ each) => !held.includes(each));
    if (single) return onChange(held.includes(id) ? others : [...others, id]);
    if (held.includes(id)) return onChange(choices.filter((/** @type {string} */ each) => each !== id));
    return held.length < most && onChange([...choices, id]);
  };
  const hint = option.required ? t('option.required') : single ? t('option.optional') : t('option.upTo', { n: most });
  return html`<fieldset class="option-group">
    <legend>${named(option.name)} <${Badge} tone=${wrong ? 'danger' : 'plain'}>${hint}<//></legend>
    ${option.choices.map((/** @type {Choice} */ choice) => {
      const on = held.includes(choice.choice_id);
      const delta = choice.price_delta.amount_minor;
      return html`<label class="choice" key=${choice.choice_id}>
        <input type=${single && option.required ? 'radio' : 'checkbox'} name=${option.option_id}
          checked=${on}
          disabled=${!on && !single && held.length >= most}
            onChange=${() => (option.required && single && on) || pick(choice.choice_id)} />
        <span class="grow">${named(choice.name)}</span>
        ${delta !== 0 && html`<span class="money dim">${delta > 0 ? '+' : ''}
          ${format(choice.price_delta)}</span>`}
      </label>`;
    })}
  </fieldset>`;
}
