/** What a check would find and repair now, before anything is done. */
import { html } from './dom.js';
import { Badge } from './ui.js';
import { SEVERITY_TONES, nameOfRule } from './cases.js';
import { format } from './money.js';
import { named, t } from './i18n.js';

/** @param {{counts: any}} props */
export function Foreseen({ counts }) {
  if (!counts.findings.length) return html`<p role="status">${t('sweep.nothing')}</p>`;
  return html`<section class="card stack" aria-label=${t('sweep.look')}>
    <p role="status">${t('sweep.foreseen', { found: counts.found, repaired: counts.repaired })}</p>
    <ul class="stack">${counts.findings.map((/** @type {any} */ one) => html`<li
      key=${`${one.rule} ${one.store_id} ${one.subject.id}`}>
      <div class="between"><b>${nameOfRule(one.rule)}</b>
        <span class="row">${one.money_at_risk && html`<span class="money">
          ${format(one.money_at_risk)}</span>`}
        <${Badge} tone=${SEVERITY_TONES[one.severity]}>
          ${t(one.would_repair ? 'sweep.would' : 'sweep.only')}<//></span></div>
      <span class="dim">${named(one.summary)}</span></li>`)}</ul></section>`;
}
