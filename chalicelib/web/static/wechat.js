/** Paying on a page that is open within WeChat: who pays is asked of WeChat, and its own sheet takes the money. */
import { newKey } from './api.js';
import { t } from './i18n.js';
import { ROOT } from './router.js';

const BEGUN = 'docket.wechat';

export const inWeChat = () => /MicroMessenger/i.test(navigator.userAgent);

/** Whether WeChat must be asked first. @param {PaymentWay & {method?: string}} way */
export const mustAskWho = (way) => inWeChat() && way.method === 'wallet' && Boolean(way.payer_page);

/** Leaves for WeChat, which comes back to the order with a code.
 * @param {string} orderId @param {any} way @param {Charge} [charge] */
export function askWho(orderId, way, charge) {
  const state = newKey().replace(/\W/g, '');
  sessionStorage.setItem(BEGUN, JSON.stringify({ orderId, way, charge, state }));
  const back = new URL(ROOT);
  back.searchParams.set('o', orderId);
  location.assign(way.payer_page.replace('{redirect_uri}', encodeURIComponent(back.href))
    .replace('{state}', state));
}

/** What was begun before WeChat was asked, with the code that it gave; once, and only if we asked.
 * @returns {{orderId: string, way: any, charge?: Charge, code: string} | null} */
export function begunBefore() {
  const query = new URLSearchParams(location.search);
  const [code, state] = [query.get('code'), query.get('state')];
  const begun = JSON.parse(sessionStorage.getItem(BEGUN) ?? 'null');
  if (!code || !begun || begun.state !== state || begun.orderId !== query.get('o')) return null;
  sessionStorage.removeItem(BEGUN);
  return { ...begun, code };
}

/** WeChat's payment sheet; whether its customer paid. What counts is what WeChat tells the shop.
 * @param {string} terms as the API gave them @returns {Promise<boolean>} */
export async function payInWeChat(terms) {
  const bridge = await ready();
  return new Promise((resolve, reject) => {
    bridge.invoke('getBrandWCPayRequest', JSON.parse(terms), (/** @type {{err_msg: string}} */ { err_msg: word }) => {
      if (word.endsWith(':fail')) reject(new Error(t('wechat.failed')));
      else resolve(word.endsWith(':ok'));
    });
  });
}

/** @returns {Promise<any>} */
function ready() {
  const page = /** @type {any} */ (window);
  return new Promise((resolve) => {
    if (page.WeixinJSBridge) resolve(page.WeixinJSBridge);
    else document.addEventListener('WeixinJSBridgeReady', () => resolve(page.WeixinJSBridge), { once: true });
  });
}
