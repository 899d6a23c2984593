/** The public status page: whether orders can be taken, what is wrong, and until when. */
import { html, mount } from './dom.js';
import { Badge, Failure, Notice, Skeleton } from './ui.js';
import { Icon } from './icons.js';
import { LanguageSwitch } from './language.js';
import { useWatch } from './watch.js';
import { known, language, loadTexts, moment, named, t, time } from './i18n.js';
import { ROOT } from './router.js';
import { useStore } from './state.js';

const GOOD = ['ok', 'up', 'operational', 'healthy'];

function Status() {
  useStore(language);
  const health = useWatch('health', { as: 'public', everyMs: 15_000 });
  const status = useWatch('status', { as: 'public', everyMs: 15_000 });
  const incidents = /** @type {any[]} */ (status.data?.incidents ?? []);
  const announcements = /** @type {any[]} */ (status.data?.announcements ?? []);
  const waits = componentsOf(status.data).some(({ state }) => state === 'buffered') && !status.error;
  const up = waits || (health.data?.status === 'ok' && !health.error);
  const tone = up && incidents.length === 0 ? 'good' : up ? 'warn' : 'danger';
  const seen = Math.max(health.at, status.at);
  return html`<header class="plain-top"><a class="brand" href=${ROOT.pathname}>
    <img src=${import.meta.resolve('./icon.svg')} alt="" /><span>Docket</span></a><${LanguageSwitch} />
      </header>
    <main id="main" class="status stack"><h1>${t('status')}</h1>
      ${health.loading ? html`<${Skeleton} lines=${3} />` : html`<${Notice} tone=${tone}
        icon=${tone === 'good' ? 'check' : 'warn'}>
        <p role="status"><b>${t(waits ? 'status.waits' : `status.${tone}`)}</b></p>
          ${!up && html`<p>${t('status.kept')}</p>`}<//>`}
      ${incidents.map((incident) => html`<section key=${incident.incident_id} class="card stack"
        style="gap:8px"><div class="between"><h2>${causeOf(incident)}</h2><${Badge} tone="warn">
          ${t('status.open')}<//></div>
        <p class="dim">${t('status.since', { time: moment(incident.opened_at) })}</p>
        ${incident.expected_recovery_at && html`<p class="row"><${Icon} name="clock" />
          ${t('status.expected', { time: moment(incident.expected_recovery_at) })}</p>`}</section>`)}
      ${announcements.map((each, i) => html`<${Notice} key=${each.announcement_id ?? i} icon="bell"><b>
        ${named(each.text)}</b><//>`)}
      ${componentsOf(status.data).length > 0 && html`<ul class="card list">
        ${componentsOf(status.data).map(({ name, state }) => html`<li key=${name} class="between item">
        <span>${known(`component.${name}`) ? t(`component.${name}`) : name}</span>
          <${Badge} tone=${GOOD.includes(state) ? 'good' : state === 'buffered' ? 'warn' : 'danger'}>
            ${known(`state.${state}`) ? t(`state.${state}`) : state}<//></li>`)}</ul>`}
      ${status.error && status.error.status !== 404 && html`<${Failure} error=${status.error}
        onRetry=${status.refresh} />`}
      ${seen > 0 && html`<p class="dim">
        ${t('status.checked', { time: time(new Date(seen).toISOString()) })}</p>`}
    </main>`;
}

/** @param {any} incident */
const causeOf = ({ cause }) => (known(`cause.${cause}`) ? t(`cause.${cause}`) : named(cause));

/** @param {any} data @returns {{name: string, state: string}[]} */
function componentsOf(data) {
  if (Array.isArray(data?.components)) {
    return data.components.map((/** @type {any} */ each) => ({
      name: each.component ?? each.name, state: each.status ?? each.state,
    }));
  }
  return Object.entries(data?.components ?? {}).map(([name, state]) => ({
    name, state: typeof state === 'string' ? state : /** @type {any} */ (state).status,
  }));
}

await loadTexts('shop', 'docs');
document.title = `${t('status')} · Docket`;
mount(html`<${Status} />`);
