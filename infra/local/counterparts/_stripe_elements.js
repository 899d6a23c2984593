/** The practice Stripe.js: the interface that Docket's shop uses, with fields that rehearse faults.
 *
 * The server puts `OUTCOMES`, the words of each language, before this text.
 */
(() => {
  const HERE = new URL('./', document.currentScript.src);
  const CARD = '4242 4242 4242 4242';
  const TEXTS = {
    en: {
      card: 'Card number', expiry: 'Expiry', code: 'Security code', errors: {},
      note: 'Practice cards. No money moves. Cards ending in 0002 are declined, those ending in 3184 ask at their bank.',
    },
    zh: {
      card: '卡号', expiry: '有效期', code: '安全码',
      note: '演练用的银行卡，不会真正扣款。尾号 0002 的卡会被拒绝，尾号 3184 的卡需要在银行页面确认。',
      errors: { card_declined: '您的卡被拒绝。', incorrect_number: '您的卡号有误。' },
    },
  };
  const STYLE = `
    :host { display: block; font: 16px/1.4 system-ui, sans-serif; }
    .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; color: #1c1917; }
    .wide { grid-column: 1 / -1; }
    .night { color: #f5f5f4; }
    label { display: block; font-size: 14px; }
    input, select { box-sizing: border-box; width: 100%; min-height: 44px; margin-top: 4px; padding: 8px 12px;
      font: inherit; font-size: 16px; color: inherit; background: transparent; border: 1px solid #78716c;
      border-radius: 6px; }
    .night :is(input, select) { border-color: #a8a29e; color-scheme: dark; background: #1c1917; }
    :focus-visible { outline: 3px solid #2563eb; outline-offset: 1px; }
    p { margin: 0; font-size: 14px; }
  `;

  /** An intent's id is what its secret begins with. */
  const idOf = (secret) => secret.split('_secret_')[0];

  async function ask(method, secret, path, values) {
    const url = new URL(`v1/payment_intents/${encodeURIComponent(idOf(secret))}${path}`, HERE);
    const form = new URLSearchParams({ ...values, client_secret: secret });
    if (method === 'GET') url.search = form.toString();
    try {
      const answer = await fetch(url, method === 'GET' ? {} : { method, body: form });
      const found = await answer.json();
      if (answer.ok) return { paymentIntent: found };
      return { error: typeof found.error === 'object' ? found.error : { type: 'api_error', message: found.error } };
    } catch {
      return { error: { type: 'api_connection_error', message: 'Could not connect to the practice Stripe.' } };
    }
  }

  function labeled(text, control, wide) {
    const label = document.createElement('label');
    label.append(text, control);
    label.className = wide ? 'wide' : '';
    return label;
  }

  function input(value, mode) {
    return Object.assign(document.createElement('input'), { value, inputMode: mode, autocomplete: 'off' });
  }

  class PaymentElement {
    constructor(key, secret, locale, theme) {
      this.heard = {};
      this.key = key;
      this.secret = secret;
      this.locale = locale;
      const words = this.words = TEXTS[locale];
      this.place = document.createElement('div');
      this.card = input(CARD, 'numeric');
      this.outcome = document.createElement('select');
      const { more, failed, ...outcomes } = OUTCOMES[locale === 'zh' ? 'zh-CN' : 'en'];
      for (const [name, text] of Object.entries(outcomes)) this.outcome.append(new Option(text, name));
      const fields = Object.assign(document.createElement('div'), { className: `fields ${theme}` });
      const note = Object.assign(document.createElement('p'), { className: 'wide', textContent: words.note });
      fields.append(labeled(words.card, this.card, true), labeled(words.expiry, input('12 / 34', 'numeric')),
        labeled(words.code, input('123', 'numeric')), labeled(more, this.outcome, true), note);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      const root = this.place.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = [sheet];
      root.append(fields);
    }

    on(name, act) {
      this.heard[name] = act;
      return this;
    }

    async mount(place) {
      (typeof place === 'string' ? document.querySelector(place) : place).append(this.place);
      const { error } = await ask('GET', this.secret, '', { key: this.key });
      if (error) this.heard.loaderror?.({ elementType: 'payment', error });
      else this.heard.ready?.({ elementType: 'payment' });
    }

    destroy() {
      this.place.remove();
    }

    values() {
      return {
        'payment_method_data[type]': 'card',
        'payment_method_data[card][number]': this.card.value,
        practice_outcome: this.outcome.value,
        practice_language: this.locale,
      };
    }
  }

  window.Stripe = (key, { locale = 'en' } = {}) => ({
    elements({ clientSecret, appearance }) {
      const elements = { clientSecret, element: null };
      elements.create = (kind) => {
        if (kind !== 'payment') throw new Error(`The practice Stripe has no element "${kind}".`);
        const language = locale === 'zh' ? 'zh' : 'en';
        elements.element = new PaymentElement(key, clientSecret, language, appearance?.theme ?? 'stripe');
        return elements.element;
      };
      return elements;
    },

    retrievePaymentIntent: (secret) => ask('GET', secret, '', { key }),

    async confirmPayment({ elements, confirmParams, redirect = 'always' }) {
      const values = { key, ...elements.element.values(), return_url: confirmParams.return_url };
      const answer = await ask('POST', elements.clientSecret, '/confirm', values);
      const { error } = answer;
      if (error) return { error: { ...error, message: elements.element.words.errors[error.code] ?? error.message } };
      const way = answer.paymentIntent.next_action?.redirect_to_url;
      if (!way && redirect === 'if_required') return answer;
      location.assign(way ? way.url : confirmParams.return_url);
      return new Promise(() => {});
    },
  });
})();
