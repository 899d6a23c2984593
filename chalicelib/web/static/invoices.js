/** Invoices: an order's own with their downloads, to whom they are made out, and all of an account. */
import { html, useEffect, useState } from './dom.js';
import { Button, Dialog, Empty, Failure, Field, Skeleton, say, useAct } from './ui.js';
import { api, asHolder, saveFile } from './api.js';
import { EInvoice } from './einvoice.js';
import { format } from './money.js';
import { language, moment, t, worded } from './i18n.js';
import { href } from './router.js';
import { session } from './session.js';
import { useStore } from './state.js';

const FORMS = [['pdf', 'application/pdf'], ['xml', 'application/xml']];

/** Money was taken, so that there is or will be an invoice. @param {{order: Order}} props */
export function Invoices({ order }) {
  const [asking, setAsking] = useState(false);
  const invoices = order.invoices ?? [];
  const paid = order.payments?.some((payment) => payment.status === 'captured');
  if (!paid && invoices.length === 0) return null;
  return html`<section class="card stack"><div class="between"><h2>${t('invoices')}</h2>
      <${Button} onClick=${() => setAsking(true)}>${t('invoices.details')}<//></div>
    ${invoices.length === 0 && html`<p class="dim">${t('invoices.soon')}</p>`}
    <ul class="stack">${invoices.map((invoice) => html`<li key=${invoice.invoice_id}>
      <${Document} invoice=${invoice} of=${invoices} mailed=${canMail(order)} /></li>`)}</ul>
    ${asking && html`<${Details} order=${order} onClose=${() => setAsking(false)} />`}
  </section>`;
}

/** A guest who gave no address gets no mail. @param {Order} order */
export const canMail = (order) => Boolean(order.customer_id ?? order.contact?.email);

/** @param {{invoice: any, of?: any[], mailed?: boolean, staff?: boolean}} props */
export function Document({ invoice, of = [], mailed = true, staff = false }) {
  const corrected = invoice.corrects && of.find((each) => each.invoice_id === invoice.corrects)?.number;
  return html`<div class="stack" style="gap:6px"><div class="between">
      <span>${t(`invoices.${invoice.kind}`)} <b class="number">${invoice.number}</b>
        <br /><span class="dim">${moment(invoice.issued_at)}${invoice.title && ` · ${invoice.title}`}
          </span>${corrected && html`<br /><span class="dim">${t('invoices.corrects', { number: corrected })}
          ${invoice.reason && ` · ${worded('invoices.reason', invoice.reason)}`}</span>`}</span>
      <b class="money">${invoice.kind === 'credit_note' && '−'}${format(invoice.total)}</b></div>
    <${Papers} invoice=${invoice} mailed=${mailed} />
    <${EInvoice} invoice=${invoice} staff=${staff} /></div>`;
}

/** What one can do with a document: have it in either form, have it mailed.
 * @param {{invoice: any, mailed: boolean}} props */
export function Papers({ invoice, mailed }) {
  const act = useAct();
  const path = `orders/${invoice.order_id}/invoices/${invoice.invoice_id}`;
  const holder = asHolder(invoice.order_id);
  const mail = () => act.run(async () => {
    const { outcome } = await api(`${path}/send`, { ...holder, method: 'POST' });
    say(t(outcome === 'sent' ? 'invoices.mailed' : 'invoices.mailedBefore'));
  });
  return html`<div class="row">${FORMS.map(([suffix, accept]) => html`<${Button} key=${suffix}
        busy=${act.busy} aria-label=${`${suffix.toUpperCase()} ${invoice.number}`}
        onClick=${() => act.run(() => saveFile(path, `${invoice.number}.${suffix}`, { ...holder, accept }))}>
        ${suffix.toUpperCase()}<//>`)}
      ${mailed && html`<${Button} busy=${act.busy} onClick=${mail}
        aria-label=${`${t('invoices.mail')} ${invoice.number}`}>${t('invoices.mail')}<//>`}</div>
    <${Failure} error=${act.error} />`;
}

/** @param {{order: Order, onClose: () => void}} props */
function Details({ order, onClose }) {
  const newest = order.invoices?.at(-1);
  const [title, setTitle] = useState(newest?.title ?? '');
  const [taxId, setTaxId] = useState(newest?.tax_id ?? '');
  const act = useAct();
  const wrongId = act.error?.code === 'tax_id_invalid' ? act.error.message : '';
  const ask = () => act.run(async () => {
    const body = { title, ...(taxId ? { tax_id: taxId } : {}) };
    await api(`orders/${order.order_id}/invoices`, { body, ...asHolder(order.order_id) });
    say(t('invoices.asked'));
    onClose();
  });
  const actions = html`<${Button} onClick=${onClose}>${t('close')}<//>
    <${Button} kind="main" busy=${act.busy} disabled=${!title.trim()} onClick=${ask}>
      ${t('invoices.ask')}<//>`;
  return html`<${Dialog} title=${t('invoices.details')} onClose=${onClose} actions=${actions}>
    <p class="dim">${t(newest ? 'invoices.detailsWords' : 'invoices.detailsFirst')}</p>
    <${Field} label=${t('invoices.title')} required maxlength="100" value=${title}
      onInput=${setTitle} />
    <${Field} label=${t('invoices.taxId')} optional=${t('optional')} maxlength="30" value=${taxId}
      hint=${t('invoices.taxIdHint')} error=${wrongId} onInput=${setTaxId} />
    <${Failure} error=${wrongId ? null : act.error} /><//>`;
}

/** All of the account's, the newest first. */
export function MyInvoices() {
  const signedIn = Boolean(useStore(session));
  const spoken = useStore(language);
  const [items, setItems] = useState(/** @type {any[] | null} */ (null));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const act = useAct();
  /** @param {string} [from] */
  const load = (from) => act.run(async () => {
    const query = new URLSearchParams({ limit: '20', ...(from ? { cursor: from } : {}) });
    const page = await api(`me/invoices?${query}`);
    setItems((old) => [...(from ? old ?? [] : []), ...page.items]);
    setCursor(page.next_cursor);
  });
  useEffect(() => {
    if (signedIn) load();
  }, [signedIn, spoken]);
  return html`<main id="main" class="narrow stack"><h1>${t('invoices')}</h1>
    ${!signedIn && html`<p><a href=${href(['account', 'sign-in'], { next: 'invoices' })}>
      ${t('signIn')}</a></p>`}
    <${Failure} error=${act.error} onRetry=${() => load()} />
    ${signedIn && !items && !act.error && html`<${Skeleton} lines=${3} tall=${true} />`}
    ${items?.length === 0 && html`<${Empty} art="🧾" title=${t('invoices.none')} />`}
    ${items && items.length > 0 && html`<ul class="card list">${items.map((invoice) => html`
      <li key=${invoice.invoice_id} class="document"><${Document} invoice=${invoice} />
        <p><a class="inline" href=${href(['o', invoice.order_id])}>${t('order')} ${invoice.order_number}
          </a></p></li>`)}
    </ul>`}
    ${cursor && html`<${Button} busy=${act.busy} onClick=${() => load(cursor)}>${t('more')}<//>`}
  </main>`;
}
