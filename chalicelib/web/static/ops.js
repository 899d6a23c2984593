/** The console's frame: sign-in, the store, the ways to its screens; it opens on what is urgent. */
import { html, mount, useEffect, useState } from './dom.js';
import { Account } from './account.js';
import { Button, Dialog, Empty, Failure, Field, IconButton, Skeleton, Toasts, say, skipToMain, useAct } from './ui.js';
import { Billing } from './billing.js';
import { Board } from './board.js';
import { Books } from './books.js';
import { Cases, useOpenCases } from './cases.js';
import { Icon } from './icons.js';
import { Incidents } from './incidents.js';
import { Kitchen } from './kitchen.js';
import { LanguageSwitch } from './language.js';
import { Ledger } from './ledger.js';
import { Messages } from './messages.js';
import { StaffOutage } from './outage.js';
import { Rates } from './rates.js';
import { Rules } from './rules.js';
import { Screens } from './screens.js';
import { Stock } from './stockview.js';
import { Webhooks } from './webhooks.js';
import { api } from './api.js';
import { useStores } from './catalog.js';
import { colleagues, loadColleagues } from './colleagues.js';
import { language, loadTexts, moment, named, t } from './i18n.js';
import { useRoute } from './router.js';
import { forget, session } from './session.js';
import { isStaff, loadMe, may, me, ownStores } from './staff.js';
import { createKept, useStore } from './state.js';

/** What is needed while on one's feet comes first: a phone's bar has room for four. */
const SCREENS = [
  ['board', 'board'], ['kitchen', 'pan'], ['cases', 'warn'], ['stock', 'box'], ['incidents', 'bell'], ['messages', 'mail'],
  ['rules', 'sliders'], ['webhooks', 'link'], ['rates', 'coins'], ['books', 'receipt'],
  ['billing', 'invoice'], ['ledger', 'book'],
];
/** Screens that not all of staff may see. @type {Record<string, string>} */
const ONLY = { ledger: 'manager', messages: 'support' };
const chosenStore = createKept('docket.ops.store', '');

function Console() {
  useStore(language);
  const signedIn = Boolean(useStore(session));
  const { path, query } = useRoute();
  const screens = SCREENS.filter(([name]) => !ONLY[name] || may(ONLY[name]));
  const screen = screens.some(([name]) => name === path[0]) ? path[0] : may('clerk', 'support') ? 'board' : 'kitchen';
  if (!signedIn) return html`<header class="ops-top"><${Brand} /><${LanguageSwitch} /></header>
    <${Account} key=${path[1]} mode=${path[1]} query=${query} staff=${true} /><${Toasts} />`;
  if (!isStaff()) return html`<main id="main"><${Empty} art="🔒" title=${t('staff.none')}>
    <${Button} icon="out" onClick=${forget}>${t('signOut')}<//><//></main>`;
  return html`<a class="skip" href="#main"
    onClick=${skipToMain}>
      ${t('skip')}</a>
    <${Desk} screen=${screen} screens=${screens} query=${query} /><${Toasts} />`;
}

/** @param {{screen: string, screens: string[][], query: URLSearchParams}} props */
function Desk({ screen, screens, query }) {
  const { stores, error, refresh } = useStores();
  const wanted = useStore(chosenStore);
  const person = useStore(me);
  useStore(colleagues);
  useEffect(() => [loadMe, loadColleagues].forEach((load) => load().catch(() => undefined)), []);
  const cases = useOpenCases(true);
  const [pausing, setPausing] = useState(false);
  const own = stores && ownStores(stores);
  const store = /** @type {any} */ (own?.find((each) => each.store_id === wanted) ?? own?.[0]);
  const urgent = cases?.length ?? 0;
  document.title = `${urgent ? `(${urgent}) ` : ''}${t(screen)} · Docket`;
  return html`<header class="ops-top"><${Brand} />
      ${own && own.length > 0 && html`<select aria-label=${t('store')}
        onChange=${(/** @type {any} */ event) => chosenStore.set(event.target.value)}>
        ${own.map((each) => html`<option key=${each.store_id} value=${each.store_id}
          selected=${each.store_id === store?.store_id}>${named(each.name)}</option>`)}</select>`}
      ${store && may('manager') && html`<${Button} class=${store.paused ? 'danger' : ''}
        icon=${store.paused ? 'play' : 'pause'}
          aria-label=${t(store.paused ? 'pause.resume' : 'pause')} onClick=${() => setPausing(true)}>
            <span class="wide-only">${t(store.paused ? 'pause.resume' : 'pause')}</span><//>`}
      <span class="spread"></span><span class="dim wide-only">${person?.name ?? person?.email}</span>
        <${LanguageSwitch} />
      <${IconButton} icon="out" label=${t('signOut')} onClick=${forget} /></header>
    <${Screens} screens=${screens} screen=${screen} urgent=${urgent} />
    <main id="main" class="desk" tabindex="-1">
      <${StaffOutage} storeId=${store?.store_id} />
      ${store?.paused && html`<p class="offline-bar" role="status"><${Icon} name="pause" />
        ${t('store.paused')} ${store.pause_reason}</p>`}
      ${!stores && (error ? html`<${Failure} error=${error} onRetry=${refresh} />` : html`<${Skeleton}
        lines=${4} tall=${true} />`)}
      ${own?.length === 0 && html`<${Empty} art="🏪" title=${t('staff.noStore')} />`}
      ${store && html`<${Screen} key=${store.store_id} screen=${screen} storeId=${store.store_id}
        stores=${own} query=${query} cases=${cases} />`}
    </main>
    ${pausing && store && html`<${Pause} store=${store} onClose=${() => setPausing(false)}
      onDone=${() => { setPausing(false); refresh(); }} />`}`;
}

/** @param {any} props */
function Screen({ screen, storeId, stores, query, cases }) {
  if (screen === 'cases') return html`<${Cases} query=${query} />`;
  if (screen === 'kitchen') return html`<${Kitchen} storeId=${storeId} />`;
  if (screen === 'stock') return html`<${Stock} storeId=${storeId} />`;
  if (screen === 'rules') return html`<${Rules} stores=${stores} />`;
  if (screen === 'rates') return html`<${Rates} storeId=${storeId} />`;
  if (screen === 'books') return html`<${Books} query=${query} />`;
  if (screen === 'billing') return html`<${Billing} storeId=${storeId} query=${query} />`;
  if (screen === 'ledger') return html`<${Ledger} storeId=${storeId} query=${query} />`;
  if (screen === 'incidents') return html`<${Incidents} storeId=${storeId} />`;
  if (screen === 'messages') return html`<${Messages} query=${query} />`;
  if (screen === 'webhooks') return html`<${Webhooks} storeId=${storeId} />`;
  return html`<${Board} storeId=${storeId} query=${query} cases=${cases} />`;
}

const Brand = () => html`<a class="brand" href="#/board" aria-label=${t('console')}>
  <img src=${import.meta.resolve('./icon.svg')} alt="" /><span>${t('console')}</span></a>`;

/** @param {any} props */
function Pause({ store, onClose, onDone }) {
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState(0);
  const act = useAct();
  const name = store.paused ? 'resume' : 'pause';
  const run = () => act.run(async () => {
    const until = minutes && !store.paused ? { until: new Date(Date.now() + minutes * 60_000).toISOString() } : {};
    await api(`ops/stores/${store.store_id}/${name}`, { body: { reason, ...until } });
    say(t(`pause.done.${name}`));
    onDone();
  });
  const actions = html`<${Button} onClick=${onClose}>${t('back')}<//>
    <${Button} kind=${store.paused ? 'main' : 'danger'} busy=${act.busy}
      disabled=${!store.paused && !reason.trim()} onClick=${run}>${t(`pause.do.${name}`)}<//>`;
  return html`<${Dialog} title=${t(store.paused ? 'pause.resume' : 'pause')} onClose=${onClose}
    actions=${actions}>
    <p class="dim">
      ${t(`pause.words.${name}`)} ${store.paused_until ? moment(store.paused_until) : ''}</p>
    ${!store.paused && html`<${Field} label=${t('pause.reason')} required maxlength="200"
      value=${reason} onInput=${setReason} />
      <fieldset class="row"><legend class="hidden">${t('pause.long')}</legend>
        ${[0, 15, 30, 60].map((n) => html`<label class="choice" key=${n}>
          <input type="radio" name="long" checked=${minutes === n} onChange=${() => setMinutes(n)} />
            ${n ? t('minutes', { n }) : t('pause.open')}</label>`)}</fieldset>`}
    <${Failure} error=${act.error} /><//>`;
}

await loadTexts('shop', 'ops');
mount(html`<${Console} />`);
