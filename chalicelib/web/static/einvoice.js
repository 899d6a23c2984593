/** A document's digital e-invoice (China): where it stands at the tax platform, its paper, another try. */
import { html } from './dom.js';
import { Badge, Button, Failure, say, useAct } from './ui.js';
import { api, asHolder, newKey, saveFile } from './api.js';
import { t } from './i18n.js';

/** @type {Record<string, string>} */
const TONES = { issued: 'good', rejected: 'danger', requested: 'warn', pending: 'warn' };

/** Only what is issued is called an e-invoice, and only a genuine one is a tax document.
 * @param {{invoice: any, staff?: boolean}} props */
export function EInvoice({ invoice, staff = false }) {
  const act = useAct();
  const its = invoice.e_invoice;
  if (!its) return null;
  const place = `orders/${invoice.order_id}/invoices/${invoice.invoice_id}/e-invoice`;
  const issued = its.state === 'issued';
  const save = () => act.run(() => saveFile(place, `${its.number}.pdf`,
    { ...asHolder(invoice.order_id), accept: 'application/pdf' }));
  const again = () => act.run(async () => {
    await api(`ops/${place}`, { method: 'POST', key: newKey() });
    say(t('einvoice.askedAgain'));
  });
  const why = its.state === 'rejected' && [t(`einvoice.fault.${its.fault}`), its.message].filter(Boolean);
  return html`<div class="stack attached"><div class="between">
      <span>${t(issued ? 'einvoice' : 'einvoice.request')}
        ${its.number && html` <b class="number">${its.number}</b>`}
        ${issued && !its.genuine && html`<br /><span class="dim">${t('einvoice.practice')}</span>`}
        ${why && html`<br /><span class="dim">${why.join(' · ')}</span>`}</span>
      <${Badge} tone=${TONES[its.state]}>${t(`einvoice.${its.state}`)}<//></div>
    <div class="row">${its.has_paper && html`<${Button} busy=${act.busy}
        aria-label=${`PDF ${its.number}`} onClick=${save}>PDF<//>`}
      ${its.link && html`<a class="button" href=${its.link} target="_blank" rel="noreferrer">
        ${t('einvoice.link')}</a>`}
      ${staff && its.state === 'rejected' && html`<${Button} busy=${act.busy} onClick=${again}>
        ${t('einvoice.again')}<//>`}</div>
    <${Failure} error=${act.error} /></div>`;
}
