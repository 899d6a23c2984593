/** The merchant's own system: where order events go, whether they arrive, and sending them again. */
import { html, useEffect, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Field, Notice, Skeleton, say, useAct } from './ui.js';
import { may } from './staff.js';
import { api } from './api.js';
import { moment, t } from './i18n.js';
import { useWatch } from './watch.js';

/** @param {{storeId: string}} props */
export function Webhooks({ storeId }) {
  const base = `ops/stores/${encodeURIComponent(storeId)}/webhooks`;
  const settings = useWatch(base, { everyMs: 60_000 });
  const log = useWatch(`${base}/deliveries?limit=50`, { everyMs: 10_000 });
  const absent = settings.error?.status === 404;
  return html`<div class="stack"><h1>${t('webhooks')}</h1><p class="dim">${t('webhooks.words')}</p>
    ${settings.loading && html`<${Skeleton} lines=${3} />`}
    ${!settings.data && !absent && html`<${Failure} error=${settings.error}
      onRetry=${settings.refresh} />`}
    ${(settings.data || absent) && html`<${Endpoint} base=${base} endpoint=${settings.data}
      onChange=${() => { settings.refresh(); log.refresh(); }} />`}
    <section class="card stack"><h2>${t('webhooks.log')}</h2>
      ${!log.data && log.error?.status !== 404 && html`<${Failure} error=${log.error}
        onRetry=${log.refresh} />`}
      ${log.loading && html`<${Skeleton} lines=${3} />`}
      ${(log.data?.items.length === 0 || log.error?.status === 404) && html`<${Empty} art="📮"
        title=${t('webhooks.none')} />`}
      ${log.data?.items.length > 0 && html`<ul class="list">
        ${log.data.items.map((/** @type {any} */ each) => html`<${Delivery} key=${each.delivery_id}
          base=${base} each=${each} onChange=${log.refresh} />`)}</ul>`}
    </section>
  </div>`;
}

/** @param {any} props */
function Endpoint({ base, endpoint, onChange }) {
  const [url, setUrl] = useState('');
  const [enabled, setEnabled] = useState(true);
  const [secret, setSecret] = useState('');
  const act = useAct();
  useEffect(() => {
    setUrl(endpoint?.url ?? '');
    setEnabled(endpoint?.enabled ?? true);
  }, [endpoint?.url, endpoint?.enabled]);
  const editable = may('manager');
  /** @param {string} name @param {() => Promise<any>} send */
  const run = (name, send) => act.run(async () => {
    const answer = await send();
    if (answer?.secret) setSecret(answer.secret);
    say(t(`webhooks.done.${name}`));
    onChange();
  }, name);
  const body = { url: url.trim(), events: endpoint?.events ?? [], enabled };
  const save = () => run('save', () => api(base, { method: 'PUT', body }));
  return html`<form class="card stack"
    onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); save(); }}>
    <${Field} label=${t('webhooks.url')} type="url" required disabled=${!editable}
      placeholder="https://" value=${url} onInput=${setUrl} hint=${t('webhooks.hint')} />
    <label class="choice">
      <input type="checkbox" disabled=${!editable} checked=${enabled}
        onChange=${() => setEnabled(!enabled)} />${t('webhooks.enabled')}</label>
    ${endpoint?.disabled_reason && html`<${Notice} tone="danger" icon="warn">
      ${endpoint.disabled_reason}<//>`}
    ${secret && html`<${Notice} tone="warn" icon="warn"><p>${t('webhooks.secret')}</p><code>${secret}
      </code><//>`}
    <${Failure} error=${act.error} />
    ${editable && html`<div class="row">
      <button class="button main" type="submit" disabled=${act.busy || !url.trim()}>${t('save')}
        </button>
      ${endpoint?.url && html`<${Button} busy=${act.busy === 'test'}
        onClick=${() => run('test', () => api(`${base}/test`, { method: 'POST' }))}>
          ${t('webhooks.test')}<//>
        <${Button} kind="danger" busy=${act.busy === 'rotate'}
          onClick=${() => run('rotate', () => api(`${base}/rotate`, { method: 'POST' }))}>
            ${t('webhooks.rotate')}<//>`}</div>`}
  </form>`;
}

/** @param {any} props */
function Delivery({ base, each, onChange }) {
  const act = useAct();
  const good = each.outcome === 'delivered';
  const facts = [
    each.response_status, each.error || each.response_excerpt,
    t('webhooks.attempt', { n: each.attempt }), `${each.duration_ms} ms`,
  ];
  const again = () => act.run(async () => {
    await api(`${base}/deliveries/${each.delivery_id}/send-again`, { method: 'POST' });
    say(t('webhooks.sent'));
    onChange();
  });
  return html`<li><div class="item"><span><b>${each.event_type}
    </b> <time class="dim" datetime=${each.at}>${moment(each.at)}</time>
      <br /><span class="dim">
        ${facts.filter(Boolean).join(' · ')}
          </span><${Failure} error=${act.error} /></span>
    <span class="row"><${Badge} tone=${good ? 'good' : 'danger'}>${t(`delivery.${each.outcome}`)}<//>
      ${may('manager') && html`<${Button} busy=${act.busy} onClick=${again}>${t('webhooks.again')}<//>`}
        </span></div></li>`;
}
