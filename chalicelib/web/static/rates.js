/** The currencies that a store's buyers may be charged in: their rates, whose they are, and until when they hold. */
import { html, useEffect, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Skeleton, faultAt, say, useAct } from './ui.js';
import { RateFields, blank, faultsOf, filledIn, rateOf } from './ratefields.js';
import { call } from './api.js';
import { digitsOf, format } from './money.js';
import { known, stamp, t } from './i18n.js';
import { useLoad } from './load.js';
import { may, useNow } from './staff.js';

const CURRENCIES_MAX = 20;
const EXAMPLE = 100;

/** @param {{storeId: string}} props */
export function Rates({ storeId }) {
  const loaded = useLoad(storeId, () => call(`ops/stores/${encodeURIComponent(storeId)}`));
  return html`<div class="stack"><h1>${t('rates')}</h1>
    <p class="dim">${t('rates.words')}</p>
    <${Failure} error=${loaded.error} onRetry=${loaded.retry} />
    ${loaded.loading && html`<${Skeleton} lines=${3} tall=${true} />`}
    ${loaded.data && html`<${Form} key=${loaded.data.etag} settings=${loaded.data.data} etag=${loaded.data.etag}
      onSaved=${(/** @type {ApiAnswer} */ answer) => loaded.change(() => answer)} onReload=${loaded.retry} />`}
  </div>`;
}

/** @param {{settings: any, etag: string, onSaved: (answer: ApiAnswer) => void, onReload: () => void}} props */
function Form({ settings, etag, onSaved, onReload }) {
  const before = settings.charge_currencies.map(filledIn);
  const [rates, setRates] = useState(/** @type {RateForm[]} */ (before));
  const [asked, setAsked] = useState(false);
  const act = useAct();
  const editable = may('manager');
  const changed = JSON.stringify(rates) !== JSON.stringify(before);
  const faults = rates.map((rate, i) => faultsOf(rate, [settings.currency, ...rates.slice(0, i).map((one) => one.currency)]));
  /** @param {number} place @param {Partial<RateForm>} changes */
  const edit = (place, changes) => {
    act.clear();
    setRates(rates.map((rate, i) => (i === place ? { ...rate, ...changes } : rate)));
  };
  const save = () => act.run(async () => {
    setAsked(true);
    if (faults.some((each) => each.size > 0)) return focusFirstError();
    const body = { charge_currencies: rates.map(rateOf) };
    const answer = await call(`ops/stores/${settings.store_id}`, { method: 'PATCH', body, ifMatch: etag });
    say(t('rates.saved'));
    return onSaved(answer);
  });
  /** What is wrong with a field: seen here once saving was tried, or told by the server.
   * @param {number} place @param {string} name */
  const faultOf = (place, name) => {
    const told = faultAt(act.error, `/charge_currencies/${place}/${name}`);
    const key = (asked && faults[place].get(name)) || (told && `rates.fault.${name}`);
    return key ? (known(key) ? t(key) : told) : '';
  };
  useEffect(() => {
    if (act.error?.errors?.length) focusFirstError();
  }, [act.error]);
  return html`<form class="stack" novalidate
    onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); save(); }}>
    ${rates.length === 0 && html`<${Empty} art="💱" title=${t('rates.none', { currency: settings.currency })}>
      ${editable && t('rates.noneWords')}<//>`}
    ${rates.map((rate, i) => html`<section key=${i} class="card stack" aria-label=${rate.currency || t('rates.new')}>
      <${Head} rate=${rate} own=${settings.currency} />
      <${RateFields} rate=${rate} own=${settings.currency} editable=${editable}
        faultOf=${(/** @type {string} */ name) => faultOf(i, name)}
        onChange=${(/** @type {Partial<RateForm>} */ changes) => edit(i, changes)} />
      ${editable && html`<div class="row"><${Button} icon="trash" kind="quiet"
        onClick=${() => setRates(rates.filter((_, at) => at !== i))}>${t('rates.remove')}<//></div>`}</section>`)}
    <${Failure} error=${act.error} onRetry=${act.error?.status === 412 ? onReload : undefined} />
    ${editable && html`<div class="row">
      ${rates.length < CURRENCIES_MAX && html`<${Button} icon="plus"
        onClick=${() => { setAsked(false); setRates([...rates, blank()]); }}>${t('rates.add')}<//>`}
      ${changed && html`<${Button} onClick=${() => { act.clear(); setRates(before); }}>${t('rates.discard')}<//>
        <button type="submit" class="button main" disabled=${act.busy}>${t('save')}</button>`}</div>`}
  </form>`;
}

/** What it comes to, and whether it is offered just now. @param {{rate: RateForm, own: string}} props */
function Head({ rate, own }) {
  const now = useNow();
  const until = Date.parse(rate.valid_until);
  const comesTo = example(rate);
  return html`<div class="between wrap"><div><h2>${rate.currency || t('rates.new')}</h2>
      ${comesTo && html`<p class="money dim">${EXAMPLE} ${own} ≈ ${comesTo} ${rate.currency}</p>`}</div>
    ${until > 0 && html`<${Badge} tone=${until > now ? 'good' : 'warn'}>
      ${t(until > now ? 'rates.until' : 'rates.lapsed', { time: stamp(rate.valid_until) })}<//>`}</div>`;
}

/** About what a buyer is charged for the example, margin and all. @param {RateForm} rate */
function example({ currency, rate, margin }) {
  const charged = EXAMPLE * Number(rate) * (1 + Number(margin.replace(',', '.')) / 100);
  if (!currency || !(charged > 0)) return '';
  return format({ amount_minor: Math.round(charged * 10 ** digitsOf(currency)), currency });
}

const focusFirstError = () => setTimeout(() =>
  /** @type {HTMLElement | null} */ (document.querySelector('.wrong :is(input, select)'))?.focus(), 50);
