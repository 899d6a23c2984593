/** The switch between the two languages, named in the language that one would get. */
import { html } from './dom.js';
import { language, speak } from './i18n.js';

export function LanguageSwitch() {
  const other = language.get() === 'en' ? 'zh-CN' : 'en';
  return html`<button type="button" class="button quiet nowrap" lang=${other}
    onClick=${() => speak(other)}>${other === 'en' ? 'EN' : '中文'}</button>`;
}
