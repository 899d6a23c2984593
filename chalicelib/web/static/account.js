/** The account: signing up, in and out, and a forgotten password. */
import { html, useState } from './dom.js';
import { Button, Failure, Field, Notice, Skeleton, say, useAct } from './ui.js';
import { api } from './api.js';
import { known, t } from './i18n.js';
import { DeviceSwitch, turnOff } from './push.js';
import { currentRoute, go, href } from './router.js';
import { forget, guestOrders, guestToken, keepTokens, session } from './session.js';
import { useStore } from './state.js';
import { useWatch } from './watch.js';

/** @type {Record<string, {fields: string[], others: string[]}>} */
const MODES = {
  'sign-in': { fields: ['email', 'password'], others: ['sign-up', 'forgot'] },
  'sign-up': { fields: ['name', 'email', 'phone', 'newPassword'], others: ['sign-in'] },
  confirm: { fields: ['email', 'code'], others: ['sign-in'] },
  forgot: { fields: ['email'], others: ['sign-in'] },
  reset: { fields: ['email', 'code', 'newPassword'], others: ['forgot', 'sign-in'] },
};
/** @type {Record<string, any>} */
const FIELDS = {
  name: { autocomplete: 'name' },
  email: { type: 'email', autocomplete: 'username', required: true },
  phone: { type: 'tel', autocomplete: 'tel' },
  password: { type: 'password', autocomplete: 'current-password', required: true },
  newPassword: { type: 'password', autocomplete: 'new-password', required: true, minlength: 8 },
  code: { inputmode: 'numeric', autocomplete: 'one-time-code', required: true },
};

/** @param {{mode?: string, query: URLSearchParams, staff?: boolean}} props */
export function Account({ mode, query, staff = false }) {
  const signedIn = Boolean(useStore(session));
  if (signedIn && !staff) return html`<${Profile} />`;
  return html`<${SignForm} key=${mode}
    mode=${MODES[mode ?? ''] ? /** @type {string} */ (mode) : 'sign-in'} query=${query}
      staff=${staff} />`;
}

/** @param {{mode: string, query: URLSearchParams, staff: boolean}} props */
function SignForm({ mode, query, staff }) {
  const [values, setValues] = useState(/** @type {Record<string, string>} */ ({ email: query.get('email') ?? '' }));
  const act = useAct();
  const { fields, others } = MODES[mode];
  const next = query.get('next') ?? undefined;
  const wrong = wrongFields(act.error);
  const submit = () => act.run(async () => {
    const arrived = await STEPS[mode](values, next);
    if (!arrived) return;
    if (!staff) await claimGuestOrders();
    // Whom a link of an alert brought to the console goes on to what it is about.
    const onTheWay = staff && !next && currentRoute().path[0] !== 'account';
    if (!onTheWay) location.hash = `#/${next ?? ''}`;
  });
  return html`<main id="main" class="narrow" style="max-width:480px">
    <form class="card stack" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    submit();
  }}>
    <h1>${t(staff ? 'account.staff' : `account.${mode}`)}</h1>
    ${known(`account.${mode}.words`) && !staff && html`<p class="dim">
      ${t(`account.${mode}.words`, { email: values.email })}</p>`}
    ${fields.map((name) => html`<${Field} key=${name} label=${t(`field.${name}`)} ...${FIELDS[name]}
      optional=${t('optional')} value=${values[name] ?? ''}
      hint=${name === 'newPassword' ? t('field.passwordHint') : ''} error=${wrong[name]}
      onInput=${(/** @type {string} */ value) => setValues({ ...values, [name]: value })} />`)}
    <${Failure} error=${act.error} />
    <button type="submit" class="button main big wide" disabled=${act.busy}>${t(`account.${mode}.do`)}
      </button>
    ${mode === 'confirm' && html`<${Button} kind="quiet" onClick=${() => act.run(async () => {
      await api('auth/resend', { body: { email: values.email }, as: 'public' });
      say(t('account.resent'));
    })}>${t('account.resend')}<//>`}
    <p class="row" style="justify-content:space-between">
      ${others.filter((other) => !staff || other === 'forgot').map((other) => html`<a key=${other}
        href=${href(['account', other], { next })}>${t(`account.${other}`)}</a>`)}</p>
  </form></main>`;
}

/** @param {any} error @returns {Record<string, string>} */
function wrongFields(error) {
  return Object.fromEntries((error?.errors ?? []).map((/** @type {any} */ each) => {
    const name = each.pointer.slice(1);
    return [name === 'password' && error ? 'newPassword' : name, each.detail];
  }));
}

/** Each takes one step and says whether one is signed in after it.
 * @type {Record<string, (values: Record<string, string>, next?: string) => Promise<boolean>>} */
const STEPS = {
  'sign-in': async ({ email, password }, next) => {
    try {
      await signIn(email, password);
    } catch (error) {
      if (!/confirm/.test(/** @type {any} */ (error).code)) throw error;
      go(['account', 'confirm'], { email, next });
      return false;
    }
    return true;
  },
  'sign-up': async ({ email, newPassword, phone, name }, next) => {
    const optional = { ...(phone ? { phone } : {}), ...(name ? { name } : {}) };
    await api('auth/sign-up', { body: { email, password: newPassword, ...optional }, as: 'public' });
    justSignedUp = { email, password: newPassword };
    go(['account', 'confirm'], { email, next });
    return false;
  },
  confirm: async ({ email, code }, next) => {
    await api('auth/confirm', { body: { email, code: code.trim() }, as: 'public' });
    if (justSignedUp?.email !== email) {
      go(['account', 'sign-in'], { email, next });
      return false;
    }
    await signIn(email, justSignedUp.password);
    justSignedUp = null;
    return true;
  },
  forgot: async ({ email }, next) => {
    await api('auth/forgot', { body: { email }, as: 'public' });
    go(['account', 'reset'], { email, next });
    return false;
  },
  reset: async ({ email, code, newPassword }) => {
    await api('auth/reset', { body: { email, code: code.trim(), password: newPassword }, as: 'public' });
    await signIn(email, newPassword);
    return true;
  },
};

/** Spares a new customer typing the password twice. @type {{email: string, password: string} | null} */
let justSignedUp = null;

/** @param {string} email @param {string} password */
export async function signIn(email, password) {
  const tokens = await api('auth/sign-in', { body: { email: email.trim(), password }, as: 'public' });
  if (!tokens.access_token) throw new Error(t('account.challenge'));
  keepTokens(tokens);
}

/** Takes the orders placed as a guest along into the account. */
const claimGuestOrders = () => Promise.allSettled(guestOrders().map((id) =>
  api(`orders/${id}/claim`, { body: { guest_token: guestToken(id) } })));

function Profile() {
  const { data: me, error, loading, refresh } = useWatch('me', { everyMs: 300_000 });
  const leave = async () => {
    await turnOff().catch(() => undefined);
    const refresh_token = session.get()?.refresh_token;
    api('auth/sign-out', { body: refresh_token ? { refresh_token } : {} }).catch(() => undefined).finally(() => {
      forget();
      go([]);
    });
  };
  return html`<main id="main" class="narrow stack"><h1>${t('account')}</h1>
    <${Failure} error=${error} onRetry=${refresh} />
    ${loading && html`<${Skeleton} lines=${3} />`}
    ${me && html`<section class="card stack"><h2>${me.name || me.email}</h2>
      <p class="dim">${[me.email, me.phone].filter(Boolean).join(' · ')}</p></section>`}
    ${me?.mail_trouble && html`<${MailTrouble} trouble=${me.mail_trouble} onDone=${refresh} />`}
    ${me && html`<${DeviceSwitch} />`}
    <${Notice}>${t('account.clears')}<//>
    <div class="row"><a class="button" href="#/orders">${t('orders')}</a>
      <${Button} icon="out" onClick=${leave}>${t('signOut')}<//></div>
  </main>`;
}

/** That mails come back, and the way to have them again. @param {any} props */
function MailTrouble({ trouble, onDone }) {
  const act = useAct();
  const again = () => act.run(async () => {
    await api('me/mail-again', { method: 'POST' });
    say(t('mail.again.done'));
    onDone();
  });
  return html`<${Notice} tone="warn" icon="warn"><p>${t(`mail.${trouble.verdict}`)}</p>
    ${trouble.detail && html`<p class="dim">${trouble.detail}</p>`}<${Failure} error=${act.error} />
    <${Button} busy=${act.busy} onClick=${again}>${t('mail.again')}<//><//>`;
}
