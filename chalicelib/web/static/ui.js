/** The parts that every screen is made of: buttons, fields, dialogs, and the states between. */
import { html, useEffect, useRef, useState } from './dom.js';
import { Icon } from './icons.js';
import { t } from './i18n.js';
import { createStore, useStore } from './state.js';

let ids = 0;
/** An id that ties a label to its field. */
export function useId() {
  const [id] = useState(() => `f${(ids += 1)}`);
  return id;
}

/** @param {any} props */
export function Button({ kind = 'plain', busy, icon, children, ...rest }) {
  const wait = busy ? html`<span class="spinner" aria-hidden="true"></span>` : null;
  return html`<button
    type="button" ...${rest} class=${`button ${kind} ${rest.class ?? ''}`}
    disabled=${rest.disabled || busy} aria-busy=${busy ? 'true' : undefined}
  >${wait ?? (icon && html`<${Icon} name=${icon} />`)}${children}</button>`;
}

/** @param {{icon: string, label: string, [rest: string]: any}} props */
export function IconButton({ icon, label, children, ...rest }) {
  return html`<button type="button" ...${rest} class=${`icon-button ${rest.class ?? ''}`}
    aria-label=${label} title=${label}><${Icon} name=${icon} />${children}</button>`;
}

/** A labelled field with its error beside it. @param {any} props */
export function Field({ label, error, hint, value, onInput, as = 'input', children, ...rest }) {
  const id = useId();
  const told = error || hint ? `${id}-told` : undefined;
  return html`<div class=${`field ${error ? 'wrong' : ''}`}>
    <label for=${id}>${label}
      ${rest.required ? '' : html` <span class="dim">${rest.optional}</span>`}</label>
    <${as} id=${id} ...${rest} value=${value} aria-invalid=${error ? 'true' : undefined}
      aria-describedby=${told}
      onInput=${(/** @type {any} */ event) => onInput?.(event.target.value)}>${children}<//>
    ${told && html`<p id=${told} class=${error ? 'told error' : 'told'} role=${error ? 'alert' : undefined}>${error || hint}</p>`}
  </div>`;
}

/** One of a few, as a row of buttons. @param {any} props */
export function Segments({ label, value, options, onChange }) {
  return html`<div class="segments" role="radiogroup" aria-label=${label}>
    ${options.map((/** @type {any} */ option) => html`<button
      type="button" role="radio" key=${option.value} aria-checked=${String(option.value === value)}
      onClick=${() => onChange(option.value)}
    >${option.icon && html`<${Icon} name=${option.icon} />`}${option.label}</button>`)}
  </div>`;
}

/** A modal dialog; on a phone it rises from the bottom. @param {any} props */
export function Dialog({ title, onClose, children, actions, side, class: kind = '' }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const dialog = box.current;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (document.activeElement === document.body) before?.focus({ preventScroll: true });
    };
  }, []);
  return html`<dialog ref=${box} class=${`${side ? 'side' : 'sheet'} ${kind}`} aria-labelledby=${id}
    onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); onClose(); }}
    onClick=${(/** @type {Event} */ event) => event.target === box.current && onClose()}>
    <div class="dialog-body">
      <header class="dialog-head">
        <h2 id=${id} tabindex="-1">${title}</h2>
        <${IconButton} icon="close" label=${t('close')} onClick=${onClose} />
      </header>
      <div class="dialog-main">${children}</div>
      ${actions && html`<footer class="dialog-foot">${actions}</footer>`}
    </div>
  </dialog>`;
}

/** @param {{lines?: number, tall?: boolean}} props */
export function Skeleton({ lines = 4, tall = false }) {
  return html`<div class="skeletons" role="status" aria-label=${t('loading')}>
    ${Array.from({ length: lines }, (_, i) => html`<div key=${i}
      class=${tall ? 'skeleton tall' : 'skeleton'}></div>`)}
  </div>`;
}

/** A place where nothing is yet, with what one can do. @param {any} props */
export function Empty({ art = '🍽️', title, children }) {
  return html`<div class="empty">
    <p class="art" aria-hidden="true">${art}</p><h2>${title}</h2><div>${children}</div>
  </div>`;
}

/** What went wrong and how to go on. @param {{error: any, onRetry?: () => void}} props */
export function Failure({ error, onRetry }) {
  if (!error) return null;
  const faults = (error.errors ?? []).filter((/** @type {any} */ each) => each.detail !== error.message);
  return html`<div class="notice danger" role="alert">
    <${Icon} name=${error.status === 0 ? 'offline' : 'warn'} />
    <div><p>${error.message}</p>
      ${faults.length > 0 && html`<ul>
        ${faults.map((/** @type {any} */ each) => html`<li>${each.detail}</li>`)}</ul>`}
      ${error.requestId && html`<p class="request">${t('request')} <code>${error.requestId}</code></p>`}
    </div>
    ${onRetry && html`<${Button} onClick=${onRetry}>${t('retry')}<//>`}
  </div>`;
}

/** What a refusal says about one field. @param {any} error @param {string} pointer @returns {string} */
export const faultAt = (error, pointer) =>
  error?.errors?.find((/** @type {any} */ each) => each.pointer === pointer)?.detail ?? '';

/** @param {{tone?: string, icon?: string, children?: any}} props */
export function Notice({ tone = 'info', icon, children }) {
  return html`<div class=${`notice ${tone}`}>${icon && html`<${Icon} name=${icon} />`}<div>${children}
    </div></div>`;
}

/** @param {{tone?: string, children?: any}} props */
export const Badge = ({ tone = 'plain', children }) => html`<span class=${`badge ${tone}`}>${children}
  </span>`;

/** @type {{get: () => any, set: (value: any) => void, subscribe: (f: any) => () => void}} */
const toast = createStore(/** @type {any} */ (null));

/** Says something short that needs no answer. @param {string} text @param {any} [action] */
export function say(text, action) {
  const shown = { text, action };
  toast.set(shown);
  setTimeout(() => toast.get() === shown && toast.set(null), action ? 7000 : 4000);
}

export function Toasts() {
  const shown = useStore(toast);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown && html`<div class="toast">${shown.text}${shown.action && html`<button type="button"
      onClick=${() => { shown.action.run(); toast.set(null); }}>${shown.action.label}</button>`}</div>`}
  </div>`;
}

/** Runs an act once at a time and keeps what went wrong with it. */
export function useAct() {
  const [state, setState] = useState(/** @type {{busy: any, error: any}} */ ({ busy: false, error: null }));
  const running = useRef(false);
  /** @param {() => Promise<any>} act @param {any} [name] */
  const run = async (act, name = true) => {
    if (running.current) return undefined;
    running.current = true;
    setState({ busy: name, error: null });
    try {
      const result = await act();
      setState({ busy: false, error: null });
      return result;
    } catch (error) {
      setState({ busy: false, error });
      return undefined;
    } finally {
      running.current = false;
    }
  };
  return { ...state, run, clear: () => setState({ busy: false, error: null }) };
}

/** Goes to the screen past header and menu, without changing the address. @param {Event} event */
export function skipToMain(event) {
  event.preventDefault();
  const main = document.getElementById('main');
  main?.setAttribute('tabindex', '-1');
  main?.focus();
}
