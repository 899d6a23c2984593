/** A store's invoices and credit notes: by year and month, by number or order, each with its papers. */
import { html, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Field, Skeleton, useAct } from './ui.js';
import { EInvoice } from './einvoice.js';
import { Papers } from './invoices.js';
import { api } from './api.js';
import { format } from './money.js';
import { language, stamp, t, worded } from './i18n.js';
import { useLoad } from './load.js';
import { href, replace } from './router.js';
import { useStore } from './state.js';

const YEARS = 4;
const MONTHS = Array.from({ length: 12 }, (_, i) => i + 1);

/** @param {{storeId: string, query: URLSearchParams}} props */
export function Billing({ storeId, query }) {
  const thisYear = new Date().getFullYear();
  const spoken = useStore(language);
  const wanted = { year: query.get('year') ?? String(thisYear), month: query.get('month') ?? '', q: query.get('q') ?? '' };
  const [text, setText] = useState(wanted.q);
  const act = useAct();
  /** @param {string} [cursor] */
  const page = (cursor = '') => {
    const given = Object.entries({ ...wanted, store_id: storeId, limit: '50', cursor });
    return api(`ops/invoices?${new URLSearchParams(given.filter(([, value]) => value))}`);
  };
  const found = useLoad(JSON.stringify([storeId, wanted]), page);
  const more = () => act.run(async () => {
    const next = await page(found.data.next_cursor);
    found.change((old) => ({ ...next, items: [...old.items, ...next.items] }));
  });
  const items = /** @type {any[] | undefined} */ (found.data?.items);
  /** @param {Record<string, string>} changes */
  const look = (changes) => replace(['billing'], { ...wanted, ...changes });
  const month = new Intl.DateTimeFormat(spoken, { month: 'long', timeZone: 'UTC' });
  return html`<div class="stack"><h1>${t('billing')}</h1>
    <form class="row filters" role="search" novalidate
      onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); look({ q: text.trim() }); }}>
      <${Field} as="select" label=${t('billing.year')} required value=${wanted.year}
        onInput=${(/** @type {string} */ year) => look({ year })}>
        ${Array.from({ length: YEARS }, (_, i) => String(thisYear - i)).map((year) => html`<option key=${year}
          value=${year} selected=${year === wanted.year}>${year}</option>`)}<//>
      <${Field} as="select" label=${t('billing.month')} required value=${wanted.month}
        onInput=${(/** @type {string} */ value) => look({ month: value })}>
        <option value="">${t('billing.all')}</option>
        ${MONTHS.map((n) => html`<option key=${n} value=${n} selected=${String(n) === wanted.month}>
          ${month.format(new Date(Date.UTC(2026, n - 1)))}</option>`)}<//>
      <div class="grow"><${Field} label=${t('billing.search')} type="search" required maxlength="100" value=${text}
        onInput=${(/** @type {string} */ value) => { setText(value); if (!value) look({ q: '' }); }} /></div>
      <button class="button" type="submit">${t('billing.find')}</button></form>
    <${Failure} error=${found.error ?? act.error} onRetry=${found.error ? found.retry : more} />
    ${found.loading && html`<${Skeleton} lines=${4} tall=${true} />`}
    ${items?.length === 0 && html`<${Empty} art="🧾" title=${t('billing.none')}>${t('billing.noneWords')}<//>`}
    ${items && items.length > 0 && html`<ul class="card list">
      ${items.map((each) => html`<${Row} key=${each.invoice_id} invoice=${each} />`)}</ul>`}
    ${found.data?.next_cursor && html`<${Button} busy=${act.busy} onClick=${more}>${t('more')}<//>`}
  </div>`;
}

/** @param {{invoice: any}} props */
function Row({ invoice }) {
  const isCredit = invoice.kind === 'credit_note';
  const buyer = [invoice.title, invoice.tax_id].filter(Boolean).join(' · ');
  return html`<li class="document"><div class="between"><span>
      <${Badge} tone=${isCredit ? 'warn' : 'good'}>${t(`invoices.${invoice.kind}`)}<//>${' '}
      <b class="number">${invoice.number}</b><br />
      <span class="dim">${stamp(invoice.issued_at)} · </span>
      <a class="nowrap" href=${href(['board'], { order: invoice.order_id })}>${t('order')} ${invoice.order_number}</a>
      ${buyer && html`<br /><span class="dim">${buyer}</span>`}
      ${isCredit && html`<br /><span class="dim">${t('invoices.corrects', { number: invoice.corrects_number })}
        ${invoice.reason && ` · ${worded('invoices.reason', invoice.reason)}`}</span>`}</span>
    <span class="right"><b class="money">${isCredit && '−'}${format(invoice.total)}</b><br />
      <span class="dim money">${t('billing.tax', { amount: format(invoice.tax) })}</span></span></div>
    <${Papers} invoice=${invoice} mailed=${true} />
    <${EInvoice} invoice=${invoice} staff=${true} /></li>`;
}
