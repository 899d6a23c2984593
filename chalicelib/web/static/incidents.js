/** Incidents: opened and closed by staff, each with the checklist of the orders taken meanwhile. */
import { html, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Field, Skeleton, say, useAct } from './ui.js';
import { may } from './staff.js';
import { api } from './api.js';
import { known, moment, t } from './i18n.js';
import { useWatch } from './watch.js';

const TONES = { waiting: 'warn', placed: 'good', rejected: 'danger', failed: 'danger' };

/** @param {{storeId: string}} props */
export function Incidents({ storeId }) {
  const watched = useWatch('ops/incidents', { everyMs: 10_000 });
  return html`<div class="stack"><h1>${t('incidents')}</h1><p class="dim">${t('incidents.words')}</p>
    ${may('manager') && html`<${Opening} storeId=${storeId} onDone=${watched.refresh} />`}
    <${Failure} error=${watched.data ? null : watched.error} onRetry=${watched.refresh} />
    ${watched.loading && html`<${Skeleton} lines=${3} tall=${true} />`}
    ${watched.data?.items.length === 0 && html`<${Empty} art="🌤" title=${t('incidents.none')} />`}
    ${watched.data?.items.map((/** @type {any} */ one) => html`<${Incident} key=${one.incident_id}
      incident=${one} onChange=${watched.refresh} />`)}
  </div>`;
}

/** @param {{storeId: string, onDone: () => void}} props */
function Opening({ storeId, onDone }) {
  const [cause, setCause] = useState('');
  const [everywhere, setEverywhere] = useState(false);
  const [buffered, setBuffered] = useState(true);
  const act = useAct();
  const open = () => act.run(async () => {
    const where = everywhere ? {} : { store_id: storeId };
    await api('ops/incidents', { body: { cause: cause.trim(), buffered, ...where } });
    setCause('');
    say(t('incidents.opened'));
    onDone();
  });
  return html`<form class="card stack"
    onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); open(); }}>
    <${Field} label=${t('incidents.cause')} required maxlength="500" value=${cause} onInput=${setCause} />
    <label class="choice"><input type="checkbox" checked=${buffered}
      onChange=${() => setBuffered(!buffered)} />${t('incidents.buffered')}</label>
    <label class="choice"><input type="checkbox" checked=${everywhere}
      onChange=${() => setEverywhere(!everywhere)} />${t('incidents.everywhere')}</label>
    <${Failure} error=${act.error} />
    <div class="row"><button class="button main" type="submit"
      disabled=${act.busy || !cause.trim()}>${t('incidents.open')}</button></div>
  </form>`;
}

/** @param {{incident: any, onChange: () => void}} props */
function Incident({ incident, onChange }) {
  const [shown, setShown] = useState(false);
  const act = useAct();
  const open = incident.status === 'open';
  const cause = known(`cause.${incident.cause}`) ? t(`cause.${incident.cause}`) : incident.cause;
  const close = () => act.run(async () => {
    await api(`ops/incidents/${incident.incident_id}/close`, { method: 'POST' });
    say(t('incidents.closed'));
    onChange();
  });
  return html`<section class="card stack"><div class="between"><h2>${cause}</h2>
      <${Badge} tone=${open ? 'warn' : 'good'}>${t(`incidents.is.${incident.status}`)}<//></div>
    <p class="dim">${incident.store_id ?? t('incidents.all')} · ${moment(incident.opened_at)}
      ${incident.closed_at && html` – ${moment(incident.closed_at)}`}</p>
    <${Failure} error=${act.error} />
    <div class="row"><${Button} aria-expanded=${shown} onClick=${() => setShown(!shown)}>
        ${t('incidents.report')}<//>
      ${open && may('manager') && html`<${Button} kind="main" busy=${act.busy} onClick=${close}>
        ${t('incidents.close')}<//>`}</div>
    ${shown && html`<${Report} id=${incident.incident_id} />`}</section>`;
}

/** @param {{id: string}} props */
function Report({ id }) {
  const watched = useWatch(`ops/incidents/${id}/report`, { everyMs: 5000 });
  const items = /** @type {any[]} */ (watched.data?.items ?? []);
  const done = items.filter((item) => item.verdict === 'placed' || item.verdict === 'rejected').length;
  if (watched.loading) return html`<${Skeleton} lines=${3} />`;
  return html`<${Failure} error=${watched.data ? null : watched.error} onRetry=${watched.refresh} />
    <p role="status">${t('incidents.done', { done, all: items.length })}</p>
    <ul class="list">${items.map((item) => html`<li key=${item.order_id} class="between item">
      <span>${item.verdict === 'placed' || item.verdict === 'rejected' ? '☑' : '☐'} <b>
        ${item.number ?? item.order_id}</b> <span class="dim">${item.detail}</span></span>
      <${Badge} tone=${TONES[/** @type {keyof typeof TONES} */ (item.verdict)]}>
        ${t(`verdict.${item.verdict}`)}<//></li>`)}</ul>`;
}
