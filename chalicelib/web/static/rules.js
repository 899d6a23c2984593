/** The rules that watch over orders: when they speak, how loudly, and whom they wake. */
import { html, useState } from './dom.js';
import { More, editedMore, moreChanged } from './rulemore.js';
import { Badge, Button, Failure, Field, Notice, Skeleton, say, useAct } from './ui.js';
import { Digests } from './digests.js';
import { Foreseen } from './foreseen.js';
import { SEVERITY_TONES, nameOfRule } from './cases.js';
import { may } from './staff.js';
import { api } from './api.js';
import { known, t } from './i18n.js';
import { useWatch } from './watch.js';

const THRESHOLDS = [
  'threshold_seconds', 'threshold_quantity', 'threshold_count', 'threshold_amount_minor',
  'repair_limit_minor', 'escalate_after_seconds',
];
const TOLD = ['checked', 'opened', 'repaired', 'resolved'];

/** @param {{stores: Store[] | null}} props */
export function Rules({ stores }) {
  const watched = useWatch('ops/rules', { everyMs: 60_000 });
  const sweep = useAct();
  const run = () => sweep.run(async () => {
    setForeseen(null);
    const counts = await api('ops/sweeps', { body: {}, timeoutMs: 30_000 });
    say(t('rules.swept', { words: TOLD.map((name) => `${t(`sweep.${name}`)} ${counts[name]}`).join(', ') }));
  });
  const [foreseen, setForeseen] = useState(/** @type {any} */ (null));
  const look = () => sweep.run(async () => setForeseen(
    await api('ops/sweeps', { body: { dry_run: true }, timeoutMs: 30_000 }),
  ));
  return html`<div class="stack"><div class="between"><h1>${t('rules')}</h1>
      ${may('manager') && html`<${Button} icon="search" busy=${sweep.busy} onClick=${look}>
        ${t('sweep.look')}<//> <${Button} icon="refresh" busy=${sweep.busy} onClick=${run}>
        ${t('rules.sweep')}<//>`}</div>
    <p class="dim">${t('rules.words')}</p>
    ${foreseen && html`<${Foreseen} counts=${foreseen} />`}
    <${Failure} error=${sweep.error ?? (watched.data ? null : watched.error)}
      onRetry=${watched.refresh} />
    ${watched.loading && html`<${Skeleton} lines=${5} tall=${true} />`}
    <div class="rules">
      ${watched.data?.items.map((/** @type {any} */ rule) => html`<${Rule}
        key=${`${rule.rule} ${JSON.stringify(rule)}`} rule=${rule} stores=${stores}
          onChange=${watched.refresh} />`)}</div>
    <${Digests} />
  </div>`;
}

/** A time of a minute or more, in minutes. @param {string} name @param {string | number} value */
function minutesOf(name, value) {
  const minutes = Math.round(Number(value) / 6) / 10;
  return name.endsWith('_seconds') && minutes >= 1 ? t('minutes', { n: minutes }) : '';
}

/** @param {{rule: any, stores: Store[] | null, onChange: () => void}} props */
function Rule({ rule, stores, onChange }) {
  const [values, setValues] = useState(rule);
  const act = useAct();
  const editable = may('manager');
  const names = THRESHOLDS.filter((name) => rule[name] !== null && rule[name] !== undefined);
  const changed = values.enabled !== rule.enabled || moreChanged(values, rule)
    || names.some((name) => String(values[name]) !== String(rule[name]));
  const valid = names.every((name) => /^[1-9]\d*$/.test(String(values[name])));
  const [told, setTold] = useState(/** @type {any} */ (null));
  /** @param {any} changes */
  const edit = (changes) => {
    setValues({ ...values, ...changes });
    setTold(null);
  };
  const wanted = () => ({
    ...rule, ...editedMore(values), enabled: values.enabled,
    ...Object.fromEntries(names.map((name) => [name, Number(values[name])])),
  });
  const preview = () => act.run(async () =>
    setTold(await api(`ops/rules/${rule.rule}/preview`, { body: wanted(), timeoutMs: 30_000 })));
  const save = () => act.run(async () => {
    const body = wanted();
    try {
      await api(`ops/rules/${rule.rule}`, { method: 'PUT', body, ifMatch: `"${rule.version}"` });
      say(t('rules.saved'));
    } catch (error) {
      if (/** @type {any} */ (error).status !== 412) throw error;
      say(/** @type {Error} */ (error).message);
    }
    onChange();
  });
  return html`<article class="card stack" style="gap:12px"><div class="between"><h2>
    ${nameOfRule(rule.rule)}</h2><${Badge} tone=${SEVERITY_TONES[rule.severity]}>
      ${t(`severity.${rule.severity}`)}<//></div>
    ${known(`rule.${rule.rule}.words`) && html`<p class="dim">${t(`rule.${rule.rule}.words`)}</p>`}
    <label class="choice">
      <input type="checkbox" disabled=${!editable} checked=${values.enabled}
        onChange=${() => edit({ enabled: !values.enabled })} />
          ${t('rules.enabled')}</label>
    ${names.map((name) => html`<${Field} key=${name} label=${t(`rules.${name}`)} inputmode="numeric"
      required disabled=${!editable} value=${values[name]}
      hint=${minutesOf(name, values[name])}
      error=${/^[1-9]\d*$/.test(String(values[name])) ? '' : t('rules.atLeastOne')}
        onInput=${(/** @type {string} */ value) => edit({ [name]: value })} />`)}
    <${More} rule=${rule} values=${values} stores=${stores} edit=${edit} editable=${editable} />
    <${Failure} error=${act.error} />
    ${told && html`<${Notice} icon="warn"><p>${told.would_have_fired === null
      ? t('rules.untold', { fired: told.fired })
      : t('rules.told', { n: told.would_have_fired, fired: told.fired, orders: told.examined })}</p>
      <//>`}
    ${changed && html`<div class="row"><${Button} onClick=${() => edit(rule)}>${t('undo')}<//>
      ${told ? html`<${Button} kind="main" busy=${act.busy} disabled=${!valid} onClick=${save}>
          ${t('save')}<//>`
        : html`<${Button} kind="main" busy=${act.busy} disabled=${!valid} onClick=${preview}>
          ${t('rules.preview')}<//>`}</div>`}
  </article>`;
}
