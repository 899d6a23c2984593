/** One exception: what happened and why, what was tried, who was told, and what staff can do. */
import { html, useState } from './dom.js';
import { Badge, Button, Dialog, Failure, Field, Notice, Skeleton, say, useAct } from './ui.js';
import { Icon } from './icons.js';
import { SEVERITY_TONES, nameOfRule } from './cases.js';
import { may, me } from './staff.js';
import { api } from './api.js';
import { moment, named, t, worded } from './i18n.js';
import { format as money } from './money.js';
import { href } from './router.js';
import { nameOfStaff } from './colleagues.js';
import { useStore } from './state.js';
import { useWatch } from './watch.js';

/** What a customer is best asked about. @type {Record<string, string>} */
const ASKED = { stock_shortage: 'substitute', delivery_late: 'new_time', order_not_returned: 'new_time',
  state_stalled: 'new_time', duplicate_order: 'meant_twice' };
const MUTE_HOURS = [1, 8, 24];
/** Subjects on which several orders can hang. */
const WITH_ORDERS = ['sku', 'customer', 'incident'];
/** @type {Record<string, string>} */
const OUTCOME_TONES = { done: 'good', sent: 'good', failed: 'danger' };

/** @param {{caseId: string, onClose: () => void, onChange: () => void}} props */
export function CaseDrawer({ caseId, onClose, onChange }) {
  const watched = useWatch(`ops/exceptions/${caseId}`, { everyMs: 8000 });
  const found = watched.data;
  const [muting, setMuting] = useState(false);
  const act = useAct();
  /** @param {string} name @param {any} [body] */
  const run = (name, body = {}) => act.run(async () => {
    await api(`ops/exceptions/${caseId}/${name}`, { body });
    say(t(`case.done.${name}`));
    setMuting(false);
    watched.refresh();
    onChange();
  }, name);
  const mine = useStore(me)?.email;
  const silent = found?.muted_until && Date.parse(found.muted_until) > Date.now();
  const offers = found && found.status !== 'resolved' && may('manager');
  const actions = offers && html`
    ${found.status === 'open' && html`<${Button} busy=${act.busy === 'acknowledge'}
      onClick=${() => run('acknowledge')}>${t('case.do.acknowledge')}<//>`}
    ${found.can_repair && html`<${Button} kind="main" busy=${act.busy === 'repair'}
      onClick=${() => run('repair')}>
      ${t(found.needs_approval ? 'case.do.approve' : 'case.do.repair')}<//>`}
    <${Button} busy=${act.busy === 'resolve'} onClick=${() => run('resolve')}>
      ${t('case.do.resolve')}<//>`;
  return html`<${Dialog} side title=${found ? nameOfRule(found.rule) : t('loading')} onClose=${onClose}
    actions=${actions}>
    ${!found && (watched.error ? html`<${Failure} error=${watched.error}
      onRetry=${watched.refresh} />` : html`<${Skeleton} lines=${5} />`)}
    <${Failure} error=${act.error} />
    ${found && html`
      <div class="row"><${Badge} tone=${SEVERITY_TONES[found.severity]}>
        ${t(`severity.${found.severity}`)}<//><${Badge}>${t(`cases.${found.status}`)}<//>
        ${found.needs_approval && html`<${Badge} tone="warn">${t('case.needsApproval')}<//>`}
        ${found.cause && html`<${Badge}>
          ${t('case.cause')} ${worded('cause', found.cause)}
            <//>`}</div>
      <p>${named(found.summary)}</p>
      ${offers && found.repairs.at(-1)?.outcome === 'failed' && html`<${Notice} tone="danger" icon="warn">
        <b>${t('case.repairFailed')}</b><p>${t(found.can_repair ? 'case.repairAgain' : 'case.repairByHand')}</p><//>`}
      ${found.customer_message && html`<${Notice} icon="user"><b>${t('case.customer')}</b><p>
        ${named(found.customer_message)}</p><//>`}
      ${found.subject?.type === 'order' && html`<p class="row">
        <a class="button" href=${href(['board'], { order: found.subject.id })}>${t('case.order')}</a>
        ${found.status !== 'resolved' && ASKED[found.rule] && may('clerk', 'kitchen') && html`<a class="button"
          href=${href(['board'], { order: found.subject.id, ask: ASKED[found.rule] })}>
          <${Icon} name="ask" />${t('ask')}</a>`}</p>`}
      <dl class="facts">
        <div><dt>${t('case.opened')}</dt><dd>${moment(found.opened_at)}</dd></div>
        <div><dt>${t('case.last')}</dt><dd>${moment(found.last_seen_at)} (${found.count}×)</dd></div>
        ${found.money_at_risk && html`<div><dt>${t('case.money')}</dt>
          <dd>${money(found.money_at_risk)}</dd></div>`}
        <div><dt>${t('case.assignee')}</dt><dd>${found.assignee ? nameOfStaff(found.assignee) : t('case.nobody')}</dd></div>
        ${silent && html`<div><dt>${t('case.muted')}</dt><dd>${moment(found.muted_until)}
          </dd></div>`}
      </dl>
      ${offers && html`<div class="row">
        ${![mine, t('actor.you')].includes(found.assignee && nameOfStaff(found.assignee)) && html`<${Button} busy=${act.busy === 'assign'}
          onClick=${() => run('assign', { assignee: mine })}>${t('case.take')}<//>`}
        <${Button} onClick=${() => setMuting(!muting)} aria-expanded=${String(muting)}>
          ${t('case.do.mute')}<//>
        ${silent && html`<${Button} busy=${act.busy === 'unmute'} onClick=${() => run('unmute')}>
          ${t('case.do.unmute')}<//>`}
        ${muting && MUTE_HOURS.map((hours) => html`<${Button} key=${hours} kind="quiet"
          onClick=${() => run('mute', { until: new Date(Date.now() + hours * 3_600_000).toISOString() })}>
            ${t('hours', { n: hours })}<//>`)}
      </div>`}
      ${WITH_ORDERS.includes(found.subject.type) && html`<${Affected} caseId=${caseId} />`}
      <${Log} items=${found.log} caseId=${caseId} onNoted=${watched.refresh} />
      <${Runs} title=${t('case.repairs')} none=${t('case.noRepairs')} items=${found.repairs}
        name=${(/** @type {any} */ each) => worded('repair', each.action)} />
      <${Runs} title=${t('case.alerts')} none=${t('case.noAlerts')} items=${found.alerts}
        name=${(/** @type {any} */ each) => worded('alert', each.channel)} />`}
  <//>`;
}

/** The orders that hang on what is wrong. @param {{caseId: string}} props */
function Affected({ caseId }) {
  const { data, error, refresh } = useWatch(`ops/exceptions/${caseId}/orders`, { everyMs: 60_000 });
  return html`<section class="stack" style="gap:8px"><h3>${t('case.affected')}
      ${data && html`<span class="dim"> ${[data.items.length, ...data.totals.map(money)].join(' · ')}</span>`}</h3>
    <${Failure} error=${data ? null : error} onRetry=${refresh} />
    ${data?.items.length === 0 && html`<p class="dim">${t('case.affectsNone')}</p>`}
    <ul class="stack" style="gap:8px">${data?.items.map((/** @type {any} */ each) => html`<li
      key=${each.order_id} class="between"><a href=${href(['board'], { order: each.order_id })}>${each.number}</a>
      <span class="dim">${worded('board', each.status)} · ${money(each.total)}</span></li>`)}</ul></section>`;
}

/** Who did what when, and a word to whoever comes next. @param {any} props */
function Log({ items, caseId, onNoted }) {
  const [text, setText] = useState('');
  const act = useAct();
  const note = () => act.run(async () => {
    await api(`ops/exceptions/${caseId}/notes`, { body: { text } });
    setText('');
    onNoted();
  });
  return html`<section class="stack" style="gap:8px"><h3>${t('case.log')}</h3>
    <ul class="stack" style="gap:8px">${items.map((/** @type {any} */ each, /** @type {number} */ i) =>
      html`<li key=${i}><b>${t(`case.act.${each.act}`)}</b> ${each.by.startsWith('system:') ? t('actor.system') : nameOfStaff(each.by)}
        <time class="dim" datetime=${each.at}> ${moment(each.at)}</time>
        ${each.detail && html`<br />${each.detail}`}</li>`)}</ul>
    <${Failure} error=${act.error} />
    <${Field} label=${t('case.note')} value=${text} maxlength="500" onInput=${setText} />
    ${text.trim() && html`<${Button} busy=${act.busy} onClick=${note}>${t('case.note.do')}<//>`}
  </section>`;
}

/** @param {any} props */
function Runs({ title, none, items, name }) {
  return html`<section class="stack" style="gap:8px"><h3>${title}</h3>
    ${items?.length ? html`<ul class="stack" style="gap:8px">
      ${items.map((/** @type {any} */ each, /** @type {number} */ i) => html`<li key=${i}
        class="between">
      <span>${name(each)} <time class="dim" datetime=${each.at}>${moment(each.at)}</time>
        ${each.detail && html`<br /><span class="dim">${each.detail}</span>`}</span>
      <${Badge} tone=${OUTCOME_TONES[each.outcome] ?? 'plain'}>
        ${worded('outcome', each.outcome)}<//>
          </li>`)}</ul>`
      : html`<p class="dim">${none}</p>`}</section>`;
}
