/** The exceptions inbox: what went wrong, the worst first, one by one or many at once. */
import { html, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Field, Segments, Skeleton, say, useAct } from './ui.js';
import { CaseDrawer } from './case.js';
import { nameOfStaff } from './colleagues.js';
import { may } from './staff.js';
import { api } from './api.js';
import { ago, named, t, worded } from './i18n.js';
import { format as money } from './money.js';
import { replace } from './router.js';
import { useWatch } from './watch.js';

const RANK = ['critical', 'warning', 'info'];
/** @type {Record<string, string>} */
export const SEVERITY_TONES = { critical: 'danger', warning: 'warn', info: 'info' };

/** Cases that nobody has ended, for the inbox and for the counts elsewhere. @param {boolean} on */
export function useOpenCases(on) {
  const open = useWatch(on ? 'ops/exceptions?status=open&limit=100' : null, { everyMs: 15_000 });
  return /** @type {any[] | null} */ (open.data?.items ?? null);
}

/** @param {string} rule */
export const nameOfRule = (rule) => worded('rule', rule);

/** @param {{query: URLSearchParams}} props */
export function Cases({ query }) {
  const status = query.get('status') ?? 'open';
  const rule = query.get('rule') ?? '';
  const severity = query.get('severity') ?? '';
  const open = query.get('case') ?? '';
  const [picked, setPicked] = useState(/** @type {string[]} */ ([]));
  const act = useAct();
  const watched = useWatch(`ops/exceptions?${new URLSearchParams({ status, limit: '100' })}`, { everyMs: 10_000 });
  const [later, setLater] = useState(/** @type {any} */ ({ status: '', items: [], next: null }));
  const read = later.status === status ? later.items : [];
  const next = later.status === status ? later.next : watched.data?.next_cursor;
  const all = distinct([...(watched.data?.items ?? []), ...read]);
  const more = () => act.run(async () => {
    const page = await api(`ops/exceptions?${new URLSearchParams({ status, limit: '100', cursor: next })}`);
    setLater({ status, items: [...read, ...page.items], next: page.next_cursor });
  }, 'more');
  const shown = all
    .filter((each) => (!rule || each.rule === rule) && (!severity || each.severity === severity))
    .sort(worstFirst);
  const causes = [...new Set(shown.map((each) => each.cause))];
  const severities = RANK.filter((name) => all.some((each) => each.severity === name));
  const rules = [...new Set(all.map((each) => each.rule))].sort();
  /** @param {Record<string, string>} changes */
  const filter = (changes) => {
    replace(['cases'], { status, rule, severity, ...changes });
    if (!('case' in changes)) setPicked([]);
  };
  /** @param {string} id */
  const toggle = (id) =>
    setPicked(picked.includes(id) ? picked.filter((each) => each !== id) : [...picked, id]);
  /** @param {string} name */
  const bulk = (name) => act.run(async () => {
    const { items } = await api('ops/exceptions/bulk', { body: { case_ids: picked, action: name } });
    const failed = items.filter((/** @type {any} */ each) => each.outcome !== 'done').length;
    say(t('cases.bulkDone', { done: items.length - failed, failed }));
    setPicked([]);
    watched.refresh();
  }, name);

  return html`<div class="stack"><h1>${t('cases')}</h1>
    <${Segments} label=${t('cases.status')} value=${status}
      onChange=${(/** @type {string} */ value) => filter({ status: value, rule: '', severity: '' })}
      options=${['open', 'acknowledged', 'resolved'].map((value) => ({ value, label: t(`cases.${value}`) }))} />
    <div class="row">
      ${severities.map((name) => html`<button key=${name} type="button" class="chip"
        aria-pressed=${String(severity === name)}
          onClick=${() => filter({ severity: severity === name ? '' : name })}>
        <${Badge} tone=${SEVERITY_TONES[name]}>
          ${t(`severity.${name}`)} ${all.filter((each) => each.severity === name).length}<//>
            </button>`)}
      ${rules.length > 1 && html`<${Field} as="select" label=${t('cases.rule')} value=${rule} required
        onInput=${(/** @type {string} */ value) => filter({ rule: value })}>
        <option value="">${t('cases.anyRule')}</option>
          ${rules.map((name) => html`<option key=${name} value=${name} selected=${name === rule}>
            ${nameOfRule(name)}</option>`)}<//>`}
    </div>
    <${Failure} error=${act.error ?? (watched.data ? null : watched.error)}
      onRetry=${watched.refresh} />
    ${picked.length > 0 && html`<div class="card between bulk" role="status"><b>
      ${t('cases.picked', { n: picked.length })}</b><span class="row">
      ${['acknowledge', 'repair', 'resolve'].map((name) => html`<${Button} key=${name}
        busy=${act.busy === name} onClick=${() => bulk(name)}>${t(`case.do.${name}`)}<//>`)}
          </span></div>`}
    ${watched.loading && html`<${Skeleton} lines=${5} />`}
    ${watched.data && shown.length === 0 && html`<${Empty} art="🌤️" title=${t(`cases.none.${status}`)}>
      ${status === 'open' && t('cases.noneHint')}<//>`}
    ${causes.map((cause) => html`<section key=${cause} class="stack" style="gap:8px">
      <h2>${worded('cause', cause)} <span class="dim">${[shown.filter((each) => each.cause === cause).length,
        ...atRisk(shown.filter((each) => each.cause === cause))].join(' · ')}</span></h2>
      <ul class="card cases">
      ${shown.filter((each) => each.cause === cause).map((each) => html`<li key=${each.case_id}>
      ${status !== 'resolved' && may('manager') && html`<input type="checkbox"
        aria-label=${`${nameOfRule(each.rule)} ${each.subject.id}`}
          checked=${picked.includes(each.case_id)}
        onChange=${() => toggle(each.case_id)} />`}
      <button type="button" class="case" onClick=${() => filter({ case: each.case_id })}>
        <span class="row"><${Badge} tone=${SEVERITY_TONES[each.severity]}>
          ${t(`severity.${each.severity}`)}<//><b>${nameOfRule(each.rule)}</b></span>
        <span>${named(each.summary)}</span>
        <span class="dim">${t('case.seen', { n: each.count, ago: ago(each.last_seen_at) })}
          ${each.money_at_risk ? ` · ${money(each.money_at_risk)}` : ''}
          ${each.assignee ? ` · ${nameOfStaff(each.assignee)}` : ''}</span></button></li>`)}</ul></section>`)}
    ${next && html`<${Button} busy=${act.busy === 'more'} onClick=${more}>${t('messages.more')}<//>`}
    ${open && html`<${CaseDrawer} caseId=${open} onClose=${() => filter({ case: '' })}
      onChange=${watched.refresh} />`}
  </div>`;
}

/** @param {any} a @param {any} b */
function worstFirst(a, b) {
  return RANK.indexOf(a.severity) - RANK.indexOf(b.severity) || String(a.opened_at).localeCompare(b.opened_at);
}

/** Each case once, as it was read last. @param {any[]} found @returns {any[]} */
function distinct(found) {
  return [...new Map([...found].reverse().map((each) => [each.case_id, each])).values()];
}

/** A sum for each currency; what two cases tell of one order counts once. @param {any[]} found */
function atRisk(found) {
  const bySubject = new Map(found.filter((each) => each.money_at_risk)
    .map((each) => [`${each.subject.type}/${each.subject.id}`, each.money_at_risk]));
  /** @type {Record<string, number>} */
  const sums = {};
  for (const { amount_minor: minor, currency } of bySubject.values()) sums[currency] = (sums[currency] ?? 0) + minor;
  return Object.entries(sums).map(([currency, minor]) => money({ amount_minor: minor, currency }));
}
