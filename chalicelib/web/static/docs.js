/** The API's documentation: every call of the OpenAPI document, with a way to try it. */
import { html, mount, useEffect, useMemo, useState } from './dom.js';
import { Badge, Failure, Field, Skeleton } from './ui.js';
import { Icon } from './icons.js';
import { api, newKey } from './api.js';
import { language, loadTexts, t } from './i18n.js';
import { ROOT } from './router.js';
import { LanguageSwitch } from './language.js';
import { useStore } from './state.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const DEPTH_MAX = 10;
/** @type {Record<string, any>} */
const PLAIN = { string: '', integer: 1, number: 1, boolean: false, object: {} };

/** @typedef {{path: string, method: string, about: any}} Operation */

/** @param {any} document @returns {Map<string, Operation[]>} */
function byTag(document) {
  const groups = new Map();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? '';
      groups.set(tag, [...(groups.get(tag) ?? []), { path, method, about: item[method] }]);
    }
  }
  return groups;
}

/** What a reference stands for. @param {any} schema @param {any} document */
const named = (schema, document) => document.components.schemas[schema.$ref.split('/').pop()];

/** An example value of a schema, as a body to begin with.
 * @param {any} schema @param {any} document @param {number} [depth] @returns {any} */
function example(schema, document, depth = 0) {
  if (!schema || depth > DEPTH_MAX) return null;
  if (schema.$ref) return example(named(schema, document), document, depth + 1);
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return example(choices.find((/** @type {any} */ each) => each.type !== 'null'), document, depth + 1);
  if (schema.type === 'object' && schema.properties) {
    const wanted = Object.entries(schema.properties).filter(([name]) => schema.required?.includes(name));
    return Object.fromEntries(wanted.map(([name, part]) => [name, example(part, document, depth + 1)]));
  }
  if (schema.type === 'array') return schema.items ? [example(schema.items, document, depth + 1)] : [];
  return PLAIN[schema.type] ?? null;
}

/** A schema in one readable text, references followed.
 * @param {any} schema @param {any} document @returns {string} */
function outline(schema, document, indent = '', depth = 0) {
  if (!schema || depth > DEPTH_MAX) return '…';
  if (schema.$ref) return outline(named(schema, document), document, indent, depth + 1);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const each = (/** @type {any} */ choice) => outline(choice, document, indent, depth + 1);
    return [...new Set(choices.map(each))].join(' | ');
  }
  if (schema.enum) return schema.enum.map((/** @type {any} */ each) => JSON.stringify(each)).join(' | ');
  if (schema.type === 'array') return `[${outline(schema.items, document, indent, depth + 1)}]`;
  if (!schema.properties) return schema.format ?? schema.type ?? 'any';
  /** @type {string[]} */
  const lines = Object.entries(schema.properties).map(([name, part]) => {
    const mark = schema.required?.includes(name) ? '' : '?';
    return `${indent}  ${name}${mark}: ${outline(part, document, `${indent}  `, depth + 1)}`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function Docs() {
  useStore(language);
  const [document_, setDocument] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [text, setText] = useState('');
  const [token, setToken] = useState('');
  const load = () => api('openapi.json', { as: 'public' }).then(setDocument, setError);
  useEffect(() => void load(), []);
  const groups = useMemo(() => (document_ ? byTag(document_) : new Map()), [document_]);
  const wanted = text.trim().toLowerCase();
  /** @param {Operation} each */
  const fits = (each) => `${each.method} ${each.path} ${each.about.summary}`.toLowerCase().includes(wanted);
  const shown = [...groups].map(([tag, operations]) => [tag, operations.filter(fits)])
    .filter(([, operations]) => operations.length > 0);
  return html`<header class="plain-top"><a class="brand" href=${ROOT.pathname}>
    <img src=${import.meta.resolve('./icon.svg')} alt="" /><span>${t('docs')}</span></a>
      <${LanguageSwitch} /></header>
    <main id="main" class="docs stack"><h1>${t('docs')}</h1>
      <p class="dim">
        ${document_?.info.description} ${t('docs.words')} <a
          href=${new URL('v1/openapi.json', ROOT).pathname}>openapi.json</a></p>
      ${!document_ && (error ? html`<${Failure} error=${error} onRetry=${load} />` : html`<${Skeleton}
        lines=${6} />`)}
      ${document_ && html`<div class="grid2"><div class="search"><${Icon} name="search" />
        <input type="search" value=${text} aria-label=${t('docs.search')}
          placeholder=${t('docs.search')}
          onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></div>
        <${Field} label=${t('docs.token')} optional=${t('optional')} value=${token} autocomplete="off"
          spellcheck="false" placeholder="Bearer … / Guest …" onInput=${setToken} /></div>`}
      ${shown.map(([tag, operations]) => html`<section key=${tag} class="stack" style="gap:8px"><h2>
        ${tag}</h2>
        ${operations.map((/** @type {Operation} */ each) => html`<${Call}
          key=${each.method + each.path} operation=${each} document=${document_} token=${token} />`)}
            </section>`)}
    </main>`;
}

/** @param {{operation: Operation, document: any, token: string}} props */
function Call({ operation, document, token }) {
  const { method, path, about } = operation;
  const [open, setOpen] = useState(false);
  const body = about.requestBody?.content['application/json']?.schema;
  const answers = Object.entries(about.responses);
  return html`<details class="card call"
    onToggle=${(/** @type {any} */ event) => setOpen(event.target.open)}>
    <summary><span class=${`method ${method}`}>${method.toUpperCase()}</span><code>${path}</code>
      <span class="dim">${about.summary}</span>
      ${about['x-roles'] && html`<${Badge}>${about['x-roles'].join(', ')}<//>`}</summary>
    ${open && html`<div class="stack call-body">
      ${about.description && html`<p>${about.description}</p>`}
      ${body && html`<div><h3>${t('docs.body')}</h3><pre tabindex="0">${outline(body, document)}
        </pre></div>`}
      ${answers.map(([status, answer]) => html`<div key=${status}><h3>${status} <span class="dim">
        ${/** @type {any} */ (answer).description}</span></h3>
        ${Object.values(/** @type {any} */ (answer).content ?? {}).map((content, i) => html`<pre
          key=${i} tabindex="0">${outline(/** @type {any} */ (content).schema, document)}</pre>`)}
            </div>`)}
      <${Try} operation=${operation} document=${document} token=${token} schema=${body} /></div>`}
  </details>`;
}

/** @param {any} props */
function Try({ operation, document, token, schema }) {
  const { method, path, about } = operation;
  const [values, setValues] = useState(() =>
    /** @type {Record<string, string>} */ (about.requestBody ? { 'Idempotency-Key': newKey() } : {}));
  const [body, setBody] = useState(() => (schema ? JSON.stringify(example(schema, document), null, 2) : ''));
  const [answer, setAnswer] = useState('');
  const parameters = /** @type {any[]} */ (about.parameters ?? []);
  const send = async () => {
    const of = (/** @type {string} */ place) => parameters.filter((each) => each.in === place && values[each.name]);
    const filled = of('path').reduce((url, { name }) =>
      url.replace(`{${name}}`, encodeURIComponent(values[name])), path);
    const query = new URLSearchParams(of('query').map((each) => [each.name, values[each.name]]));
    const headers = Object.fromEntries(of('header').map((each) => [each.name, values[each.name]]));
    if (token) headers.Authorization = token.includes(' ') ? token : `Bearer ${token}`;
    if (schema) headers['Content-Type'] = 'application/json';
    try {
      const url = new URL(`${filled.slice(1)}?${query}`.replace(/\?$/, ''), ROOT);
      const sent = { method: method.toUpperCase(), headers, body: schema ? body : undefined };
      const response = await fetch(url, sent);
      const text = await response.text();
      setAnswer(`${response.status} ${response.headers.get('Content-Type') ?? ''}\n${pretty(text)}`);
    } catch (error) {
      setAnswer(String(error));
    }
  };
  return html`<form class="stack try"
    onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); send(); }}>
    <h3>${t('docs.try')}</h3>
    <div class="grid2">
      ${parameters.map((each) => html`<${Field} key=${each.name} label=${each.name}
        required=${each.required} optional=${t('optional')} value=${values[each.name] ?? ''}
      onInput=${(/** @type {string} */ value) => setValues({ ...values, [each.name]: value })} />`)}</div>
    ${schema && html`<${Field} as="textarea" label=${t('docs.body')} required spellcheck="false"
      rows="8" class="code" value=${body} onInput=${setBody} />`}
    <div><button type="submit" class="button main">${t('docs.send')}</button></div>
    ${answer && html`<pre tabindex="0" role="status">${answer}</pre>`}
  </form>`;
}

/** @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

await loadTexts('shop', 'docs');
document.title = `${t('docs')} · Docket`;
mount(html`<${Docs} />`);
