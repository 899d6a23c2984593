/** Providers' books against ours: a report for each day, what differs, statements to import. */
import { html, useRef, useState } from './dom.js';
import { Badge, Dialog, Empty, Failure, Field, Skeleton, say, useAct } from './ui.js';
import { may } from './staff.js';
import { api } from './api.js';
import { format } from './money.js';
import { nameOfProvider } from './pay.js';
import { known, moment, stamp, t, worded } from './i18n.js';
import { href, replace } from './router.js';
import { useWatch } from './watch.js';

/** @param {{query: URLSearchParams}} props */
export function Books({ query }) {
  const watched = useWatch('ops/reconciliations?limit=60', { everyMs: 30_000 });
  const open = query.get('report') ?? '';
  const data = watched.data;
  return html`<div class="stack"><h1>${t('books')}</h1><p class="dim">${t('books.words')}</p>
    <${Failure} error=${data ? null : watched.error} onRetry=${watched.refresh} />
    ${watched.loading && html`<${Skeleton} lines=${4} />`}
    ${data && may('manager') && html`<${Match} providers=${data.providers} onDone=${watched.refresh} />`}
    ${data && html`<section class="card stack"><h2>${t('books.providers')}</h2><ul class="list">
      ${data.providers.map((/** @type {any} */ each) => html`<li key=${each.provider} class="item">
        <span><b>${nameOfProvider(each.provider)}</b><br /><span class="dim">
          ${t(`books.statement.${each.statement}`)} · ${t(each.lists_events ? 'books.events' : 'books.noEvents')}
          </span></span>${each.events_read_at && html`<time class="dim"
            datetime=${each.events_read_at}>${moment(each.events_read_at)}</time>`}</li>`)}</ul></section>`}
    ${data?.items.length === 0 && html`<${Empty} art="📒" title=${t('books.none')} />`}
    ${data?.items.length > 0 && html`<ul class="card cases">
      ${data.items.map((/** @type {any} */ each) => html`<li key=${each.reconciliation_id}>
        <button type="button" class="case"
          onClick=${() => replace(['books'], { report: each.reconciliation_id })}>
          <span class="row"><${Badge} tone=${each.difference_count ? 'danger' : 'good'}>
            ${t('books.differences', { n: each.difference_count })}<//>
            <b>${each.day} · ${nameOfProvider(each.provider)}</b></span>
          <span class="dim">${t('books.counts', { lines: each.lines, entries: each.entries, matched: each.matched })}
            </span></button></li>`)}</ul>`}
    ${open && html`<${Report} id=${open} onClose=${() => replace(['books'], {})} />`}
  </div>`;
}

/** @param {{id: string, onClose: () => void}} props */
function Report({ id, onClose }) {
  const watched = useWatch(`ops/reconciliations/${encodeURIComponent(id)}`, { everyMs: 60_000 });
  const report = watched.data;
  return html`<${Dialog} side title=${report ? `${report.day} · ${nameOfProvider(report.provider)}` : t('loading')}
    onClose=${onClose}>
    <${Failure} error=${report ? null : watched.error} onRetry=${watched.refresh} />
    ${watched.loading && html`<${Skeleton} lines=${4} />`}
    ${report && html`<p class="dim">${t('books.span', { from: stamp(report.since), to: stamp(report.until) })}
        <br />${t(`books.source.${report.source}`, { time: moment(report.created_at) })}</p>
      <p>${t('books.counts', { lines: report.lines, entries: report.entries, matched: report.matched })}</p>
      <p class="dim">${t('books.fees', { booked: report.fees_booked, waiting: report.fees_waiting })}</p>
      ${report.difference_count === 0 && html`<${Empty} art="✅" title=${t('books.alike')} />`}
      <ul class="stack">${report.differences.map((/** @type {any} */ each, /** @type {number} */ i) => html`<li
        key=${i} class="between"><span><b>${worded('difference', each.kind)}</b>${' '}
          <${Badge}>${worded('difference.outcome', each.outcome)}<//><br />
          <code class="dim">${each.reference ?? each.refund_id ?? each.payment_id}</code><br />
          ${each.order_id && html`<a href=${href(['board'], { order: each.order_id })}>${t('case.order')}</a>`}
          </span><span class="money">${t('books.ours')} ${each.ours ? format(each.ours) : '—'}<br />
          ${t('books.theirs')} ${each.theirs ? format(each.theirs) : '—'}</span></li>`)}</ul>`}
  <//>`;
}

/** @param {{providers: any[], onDone: () => void}} props */
function Match({ providers, onDone }) {
  const [provider, setProvider] = useState(providers[0]?.provider ?? '');
  const [day, setDay] = useState(() => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10));
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const act = useAct();
  /** Another company's file is another file. @param {string} name */
  const choose = (name) => {
    setProvider(name);
    setFile(null);
    act.clear();
    if (field.current) field.current.value = '';
  };
  const chosen = providers.find((each) => each.provider === provider);
  const needsFile = chosen?.statement === 'file';
  const run = () => act.run(async () => {
    const report = file ? await imported(provider, day, file)
      : await api('ops/reconciliations', { body: { provider, day }, timeoutMs: 30_000 });
    say(t('books.done', { n: report.difference_count }));
    onDone();
    replace(['books'], { report: report.reconciliation_id });
  });
  if (!chosen) return null;
  return html`<form class="card stack"
    onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); run(); }}>
    <h2>${t('books.match')}</h2>
    <div class="grid2">
    <${Field} as="select" label=${t('books.provider')} required value=${provider} onInput=${choose}>
      ${providers.map((each) => html`<option key=${each.provider} value=${each.provider}
        selected=${each.provider === provider}>${nameOfProvider(each.provider)}</option>`)}<//>
    <${Field} label=${t('books.day')} type="date" required value=${day} onInput=${setDay} /></div>
    <label class="field"><span><b>${t('books.file')}</b>${needsFile ? '' : html` <span class="dim">
      ${t('optional')}</span>`}</span>
      <input ref=${field} type="file" accept=".csv,.json,text/csv,application/json" onChange=${
        (/** @type {any} */ event) => { setFile(event.target.files[0] ?? null); act.clear(); }} />
      ${known(`books.file.${provider}`) && html`<span class="told">${t(`books.file.${provider}`)}</span>`}</label>
    <${Failure} error=${act.error} />
    <div class="row"><button class="button main" type="submit"
      disabled=${act.busy || !day || (needsFile && !file)}>
      ${t(file || needsFile ? 'books.import' : 'books.ask')}</button></div></form>`;
}

/** The file as it is, whatever its encoding. @param {string} provider @param {string} day @param {File} file */
function imported(provider, day, file) {
  const type = file.name.endsWith('.json') ? 'application/json' : 'text/csv';
  const wanted = new URLSearchParams({ provider, day });
  return api(`ops/statements?${wanted}`, { body: new Blob([file], { type }), timeoutMs: 30_000 });
}
