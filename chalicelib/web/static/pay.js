/** Paying: which way, starting it, and going where the payment company wants its customer. */
import { html, useState } from './dom.js';
import { Button, Failure, useAct } from './ui.js';
import { api, asHolder, newKey } from './api.js';
import { CardForm } from './cardform.js';
import { ChargePicker, useCharges } from './charges.js';
import { deviceKind, useShop, waysToPay } from './catalog.js';
import { format } from './money.js';
import { known, t, worded } from './i18n.js';
import { payable } from './pendingedit.js';
import { ROOT, go } from './router.js';
import { askWho, inWeChat, mustAskWho, payInWeChat } from './wechat.js';

/** @param {string} provider */
export const nameOfProvider = (provider) => worded('pay', provider);

/** The company's name, with the method where there is a choice of them or fields of our own page.
 * @param {{provider: string, method: string, publishable_key?: string}} way
 * @param {{provider: string}[]} ways */
export function nameOfWay({ provider, method, publishable_key: isHere }, ways) {
  const name = nameOfProvider(provider);
  const isOnly = ways.filter((way) => way.provider === provider).length === 1;
  return isOnly && !isHere ? name : `${t(`method.${method}`)} · ${name}`;
}

/** @param {any} props */
export function WayPicker({ ways, value, onChange }) {
  return html`<fieldset class="stack" style="gap:10px"><legend class="hidden">${t('pay.how')}</legend>
    ${ways.map((/** @type {any} */ way, /** @type {number} */ i) => html`<label class="choice"
      key=${way.value}>
      <input type="radio" name="way" value=${way.value} checked=${way.value === value}
        onChange=${() => onChange(way.value)} />
      <span class="grow">${nameOfWay(way, ways)}
        ${known(`pay.${way.provider}.hint`) && ways[i - 1]?.provider !== way.provider && html`<br />
          <span class="dim">${t(`pay.${way.provider}.hint`)}</span>`}</span>
    </label>`)}
  </fieldset>`;
}

/**
 * Starts a payment and follows it: away to the company's page, or to the order's own. Within WeChat
 * it is first asked who pays, which leads away and back with a code.
 * @param {string} orderId
 * @param {any} way its provider and method
 * @param {Charge} [charge] what was shown, if another currency is charged than the store's
 * @param {string} [code]
 */
export async function startPayment(orderId, way, charge, code) {
  const { provider, method } = way;
  if (!code && mustAskWho(way)) return askWho(orderId, way, charge);
  const back = new URL(ROOT);
  back.searchParams.set('o', orderId);
  const payment = /** @type {Payment} */ (await api(`orders/${orderId}/payments`, {
    body: {
      provider,
      method,
      return_url: back.href,
      device: deviceKind(),
      ...(code ? { payer_code: code } : {}),
      ...(charge ? { currency: charge.amount.currency, expected_charge: charge.amount } : {}),
    },
    key: newKey(),
    ...asHolder(orderId),
  }));
  const action = payment.next_action;
  if (action?.type === 'redirect' && action.url) location.assign(action.url);
  else go(['o', orderId]);
  const terms = termsOf(payment);
  if (terms) await payInWeChat(terms);
  return undefined;
}

/** Goes on where WeChat was asked who pays. @param {{orderId: string, way: any, charge?: Charge, code: string}} begun */
export async function goOn({ orderId, way, charge, code }) {
  try {
    await startPayment(orderId, way, charge, code);
  } catch {
    go(['o', orderId], { unpaid: '1' });
  }
}

/** What WeChat's own sheet needs, where it can be shown. @param {Payment} payment */
function termsOf({ provider, next_action: action }) {
  const can = provider === 'wechat_pay' && action?.type === 'client_secret' && inWeChat();
  return can ? action.client_secret : undefined;
}

/** What Stripe's card fields need for a payment that waits for them.
 * @param {Payment} open @param {PaymentWay[]} ways */
function cardOf(open, ways) {
  const way = ways.find((each) => each.provider === open.provider);
  const { type, client_secret: secret } = open.next_action ?? {};
  const key = way?.publishable_key;
  return type === 'client_secret' && secret && key ? { secret, key, script: way.script_url } : null;
}

/** What an unpaid order offers on its own page. @param {{order: Order, onDone: () => void}} props */
export function PayPanel({ order, onDone }) {
  const { data: store } = useShop(order.store_id);
  const ways = waysToPay(store).filter((way) => way.provider !== 'on_site' || order.status === 'placed');
  const [picked, setPicked] = useState('');
  const act = useAct();
  const tried = order.payments.at(-1);
  const last = tried && `${tried.provider}:${tried.method}`;
  const way = ways.find((each) => each.value === picked) ?? ways.find((each) => each.value === last) ?? ways[0];
  const open = order.payments.findLast((payment) => ['pending', 'authorized'].includes(payment.status));
  const again = order.payments.some((payment) => ['failed', 'expired'].includes(payment.status));
  const scan = open?.next_action?.type === 'qr_code' ? open.next_action.qr_data : '';
  const card = open && cardOf(open, ways);
  const terms = open && termsOf(open);
  const due = payable(order);
  const offer = useCharges(order.store_id, way, due);
  const pay = () => act.run(async () => {
    try {
      await startPayment(order.order_id, way, offer.charge);
    } finally {
      offer.again();
    }
    onDone();
  });
  const finish = (/** @type {string} */ sheet) => act.run(async () => {
    await payInWeChat(sheet);
    onDone();
  });
  if (!way) return null;
  return html`<section class="card stack">
    <h2>${t(order.pending_edit ? 'pay.difference' : again && !open ? 'pay.again' : 'pay.title')}</h2>
    ${scan && html`<p>${t('pay.scan')}</p>
      <img class="qr" alt=${t('pay.code')} src=${`${ROOT}qr?text=${encodeURIComponent(scan)}`} />`}
    ${open && card && html`<${CardForm} orderId=${order.order_id} secret=${card.secret}
      publishableKey=${card.key} script=${card.script} onDone=${onDone}
      label=${html`${t('pay.now')} <span class="money">
        ${format(open.charge?.amount ?? open.amount)}</span>`} />
      <h3>${t('pay.otherwise')}</h3>`}
    ${open && terms && html`<${Button} kind="main" class="big wide" busy=${act.busy}
        onClick=${() => finish(terms)}>${t('wechat.pay')} <span class="money">
          ${format(open.charge?.amount ?? open.amount)}</span><//>
      <h3>${t('pay.otherwise')}</h3>`}
    <${WayPicker} ways=${ways} value=${way.value} onChange=${setPicked} />
    <${ChargePicker} amount=${due} offer=${offer} />
    <${Failure} error=${act.error} />
    <${Button} kind=${card || terms ? 'plain' : 'main'} class="big wide" busy=${act.busy} onClick=${pay}>
      ${way.provider === 'on_site' ? t('pay.confirm') : html`${t('pay.now')} <span class="money">
        ${format(offer.charge?.amount ?? due)}</span>`}<//>
  </section>`;
}
