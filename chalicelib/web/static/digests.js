/** The daily digest of a store's open cases: at which hour, by which channels, and to me or not. */
import { html, useState } from './dom.js';
import { ALERTS, Picks } from './rulemore.js';
import { Button, Failure, say, useAct } from './ui.js';
import { may } from './staff.js';
import { api } from './api.js';
import { nameOfStaff } from './colleagues.js';
import { moment, t } from './i18n.js';
import { useWatch } from './watch.js';

const OWN = ['email', 'sms'];

export function Digests() {
  const watched = useWatch('ops/digests', { everyMs: 60_000 });
  return html`<section class="stack"><h2>${t('digest')}</h2><p class="dim">${t('digest.words')}</p>
    <${Failure} error=${watched.data ? null : watched.error} onRetry=${watched.refresh} />
    <div class="rules">${watched.data?.items.map((/** @type {any} */ plan) => html`<${Plan}
      key=${JSON.stringify(plan)} plan=${plan} onChange=${watched.refresh} />`)}</div></section>`;
}

/** @param {{plan: any, onChange: () => void}} props */
function Plan({ plan, onChange }) {
  const [values, setValues] = useState(plan);
  const act = useAct();
  const path = `ops/digests/${plan.store_id}`;
  /** @param {any} changes */
  const edit = (changes) => setValues({ ...values, ...changes });
  /** @param {string} where @param {any} body @param {string} [method] */
  const save = (where, body, method = 'PUT') => act.run(async () => {
    await api(where, { method, body });
    say(t('digest.saved'));
    onChange();
  });
  const changed = values.hour !== plan.hour || String(values.channels) !== String(plan.channels);
  const off = !may('manager');
  return html`<article class="card stack" style="gap:12px"><h3>${plan.store_id === 'stage' ? t('digest.stage') : plan.store_id}</h3>
    <label class="field"><span>${t('digest.hour', { zone: plan.time_zone })}</span>
      <input type="time" disabled=${off} value=${values.hour ?? ''}
        onInput=${(/** @type {any} */ event) => edit({ hour: event.target.value || null })} /></label>
    <${Picks} legend=${t('digest.channels')} names=${ALERTS} picked=${values.channels} off=${off}
      word="alert" onPick=${(/** @type {string[]} */ channels) => edit({ channels })} />
    ${changed && html`<div class="row"><${Button} onClick=${() => setValues(plan)}>${t('undo')}<//>
      <${Button} kind="main" busy=${act.busy} onClick=${() =>
        save(path, { hour: values.hour, channels: values.channels })}>${t('save')}<//></div>`}
    <${Picks} legend=${t('digest.mine')} names=${OWN} picked=${plan.mine} off=${false} word="alert"
      onPick=${(/** @type {string[]} */ channels) => save(`${path}/subscription`, { channels })} />
    ${!off && plan.readers.length > 0 && html`<ul class="stack" style="gap:8px">
      ${plan.readers.map((/** @type {any} */ each) => html`<li key=${each.staff_id} class="between">
        <span>${nameOfStaff(each.staff_id)}</span><${Button} kind="quiet" busy=${act.busy}
          onClick=${() => save(`${path}/readers/${each.staff_id}`, undefined, 'DELETE')}>
          ${t('digest.remove')}<//></li>`)}</ul>`}
    <p class="dim">${plan.next_at ? t('digest.next', { at: moment(plan.next_at) }) : t('digest.never')}
      ${plan.last_at && ` ${t('digest.last', { at: moment(plan.last_at) })}`}</p>
    <${Failure} error=${act.error} /></article>`;
}
