/** Incidents: opened and closed by staff, each with the checklist of the orders taken meanwhile. */
import { html, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Field, Skeleton, say, useAct } from './ui.js';
import { Icon } from './icons.js';
import { may } from './staff.js';
import { api } from './api.js';
import { useStores } from './catalog.js';
import { moment, named, t, worded } from './i18n.js';
import { href } from './router.js';
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
  const { stores } = useStores();
  /** @param {string | null} id */
  const nameOfStore = (id) => (id ? named(stores?.find((store) => store.store_id === id)?.name ?? id) : t('incidents.all'));
  const close = () => act.run(async () => {
    await api(`ops/incidents/${incident.incident_id}/close`, { method: 'POST' });
    say(t('incidents.closed'));
    onChange();
  });
  return html`<section class="card stack"><div class="between"><h2>${worded('cause', incident.cause)}</h2>
      <${Badge} tone=${open ? 'warn' : 'good'}>${t(`incidents.is.${incident.status}`)}<//></div>
    <p class="dim">${nameOfStore(incident.store_id)} · ${moment(incident.opened_at)}
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
  const done = items.filter(isDone).length;
  if (watched.loading) return html`<${Skeleton} lines=${3} />`;
  if (!watched.data) return html`<${Failure} error=${watched.error} onRetry=${watched.refresh} />`;
  if (items.length === 0) return html`<p class="dim" role="status">${t('incidents.nobody')}</p>`;
  return html`<div class="stack" style="gap:8px"><p role="status"><b>${t('incidents.done', { done, all: items.length })}</b></p>
      <progress value=${done} max=${items.length} aria-label=${t('incidents.report')}></progress></div>
    <ul class="list">${[...items].sort(openFirst).map((item) => html`<li key=${item.order_id} class="between item">
      <span class="row nowrap"><${Icon} name=${isDone(item) ? 'check' : 'clock'} />
        <span><a class="number" href=${href(['board'], { order: item.order_id })}>${item.number ?? item.order_id}</a>
          <br /><span class="dim">${detailOf(item)}</span></span></span>
      <${Badge} tone=${TONES[/** @type {keyof typeof TONES} */ (item.verdict)]}>
        ${t(`verdict.${item.verdict}`)}<//></li>`)}</ul>`;
}

/** @param {{verdict: string}} item */
const isDone = ({ verdict }) => verdict === 'placed' || verdict === 'rejected';

/** @param {{verdict: string}} a @param {{verdict: string}} b */
const openFirst = (a, b) => Number(isDone(a)) - Number(isDone(b));

/** What became of it, or what is to be done. @param {{verdict: string, detail: string}} item */
function detailOf({ verdict, detail }) {
  if (verdict === 'placed') return worded('board', detail);
  return verdict === 'rejected' ? worded('cancel', detail) : t(`incidents.${verdict}`);
}
