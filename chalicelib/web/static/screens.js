/** The ways to the console's screens: a column on a desk; on a phone a bar of five, the last of them "More". */
import { html, useState } from './dom.js';
import { Dialog } from './ui.js';
import { Icon } from './icons.js';
import { t } from './i18n.js';

const BAR_MAX = 5;

/** @param {{screens: string[][], screen: string, urgent: number}} props */
export function Screens({ screens, screen, urgent }) {
  const [open, setOpen] = useState(false);
  const shown = screens.length > BAR_MAX ? BAR_MAX - 1 : BAR_MAX;
  const rest = screens.slice(shown);
  const within = rest.some(([name]) => name === screen);
  /** @param {string[]} way @param {string} kind @param {() => void} [onClick] */
  const link = ([name, icon], kind, onClick) => html`<a key=${name} class=${kind} href=${`#/${name}`}
    aria-current=${name === screen ? 'page' : undefined} onClick=${onClick}>
    <${Icon} name=${icon} /><span>${t(name)}</span>
    ${name === 'cases' && urgent > 0 && html`<span class="tally danger">${urgent}</span>`}</a>`;
  const chosen = () => {
    setOpen(false);
    setTimeout(() => document.getElementById('main')?.focus());
  };
  return html`<nav class="ops-nav" aria-label=${t('screens')}>
      ${screens.map((way, i) => link(way, i < shown ? '' : 'rest'))}
      ${rest.length > 0 && html`<button type="button" class=${`more ${within ? 'within' : ''}`}
        aria-haspopup="dialog" aria-expanded=${String(open)} onClick=${() => setOpen(true)}>
        <${Icon} name="dots" /><span>${t('screens.more')}</span>
        ${within && html`<span class="hidden">${t(screen)}</span>`}</button>`}</nav>
    ${open && html`<${Dialog} title=${t('screens.more')} onClose=${() => setOpen(false)}>
      <nav class="more-list" aria-label=${t('screens.more')}>${rest.map((way) => link(way, '', chosen))}</nav><//>`}`;
}
