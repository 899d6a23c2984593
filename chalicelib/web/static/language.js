/** The switch between the two languages, named in the language that one would get. */
import { html } from './dom.js';
import { language, speak } from './i18n.js';

export function LanguageSwitch() {
  const other = language.get() === 'en' ? 'zh-CN' : 'en';
  const [short, long] = other === 'en' ? ['EN', 'English'] : ['中文', '切换到中文'];
  return html`<button type="button" class="button quiet nowrap" lang=${other} aria-label=${long}
    onClick=${() => speak(other)}>${short}</button>`;
}
