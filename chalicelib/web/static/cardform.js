/** Stripe's own card fields: Stripe.js comes from Stripe, and so do the fields; we see no number.
 * A stage for practice names the script of the company that stands in for it. */
import { html, useEffect, useRef, useState } from './dom.js';
import { Button, Failure, Skeleton, useAct } from './ui.js';
import { language, t } from './i18n.js';
import { ROOT } from './router.js';

const STRIPE_JS = 'https://js.stripe.com/basil/stripe.js';

/** @type {Promise<any> | null} */
let loading = null;

/** Stripe.js, once a page. @param {string} key @param {string} url @returns {Promise<any>} */
function loadStripe(key, url) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => resolve(/** @type {any} */ (window).Stripe);
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Error(t('card.unreachable')));
    };
    document.head.append(script);
  });
  return loading.then((Stripe) => Stripe(key, { locale: language.get() === 'zh-CN' ? 'zh' : 'en' }));
}

/**
 * The fields of one payment, and the button that pays. A bank that wants to see its customer leads
 * away and back to the order.
 * @param {{orderId: string, secret: string, publishableKey: string, script?: string, label: any,
 *   onDone: () => void}} props
 */
export function CardForm({ orderId, secret, publishableKey, script = STRIPE_JS, label, onDone }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [round, setRound] = useState(0);
  const [form, setForm] = useState(/** @type {any} */ (null));
  const [failure, setFailure] = useState(/** @type {any} */ (null));
  const [sent, setSent] = useState(false);
  const act = useAct();
  useEffect(() => {
    let live = true;
    /** @type {any} */
    let fields = null;
    setForm(null);
    setFailure(null);
    loadStripe(publishableKey, script).then((stripe) => {
      if (!live) return;
      const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'stripe';
      const elements = stripe.elements({ clientSecret: secret, appearance: { theme } });
      fields = elements.create('payment');
      fields.on('ready', () => live && setForm({ stripe, elements }));
      fields.on('loaderror', (/** @type {any} */ event) => live && setFailure(new Error(event.error.message)));
      fields.mount(place.current);
    }).catch((error) => live && setFailure(error));
    return () => {
      live = false;
      fields?.destroy();
    };
  }, [secret, publishableKey, script, round]);
  const pay = () => act.run(async () => {
    const back = new URL(ROOT);
    back.searchParams.set('o', orderId);
    const { error } = await form.stripe.confirmPayment({
      elements: form.elements,
      confirmParams: { return_url: back.href },
      redirect: 'if_required',
    });
    if (error) throw new Error(error.message ?? t('card.declined'));
    setSent(true);
    onDone();
  });
  return html`<form class="stack" aria-label=${t('card.title')}
      onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); if (form && !sent) pay(); }}>
    ${!form && !failure && html`<${Skeleton} lines=${2} />`}
    <div ref=${place}></div>
    <${Failure} error=${failure} onRetry=${() => setRound((n) => n + 1)} />
    <${Failure} error=${act.error} />
    ${sent ? html`<p role="status">${t('card.sent')}</p>` : html`<${Button} kind="main" class="big wide"
      type="submit" busy=${act.busy} disabled=${!form}>${label}<//>`}
    <p class="dim">${t('card.safe')}</p>
  </form>`;
}
