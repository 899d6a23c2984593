/** Line icons, drawn on a 24 unit grid in the color of the text around them. */
import { html } from './dom.js';

/** @type {Record<string, string>} */
const PATHS = {
  bag: 'M6 8h12l1 12H5L6 8Zm3 0V6a3 3 0 0 1 6 0v2',
  search: 'M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm5 12 4.5 4.5',
  user: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4.5 20.5c1-4 4-5.5 7.5-5.5s6.500 1.500 7.500 5.500',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15L6 16Zm4 4.500h4',
  receipt: 'M6 3h12v18l-3-2-3 2-3-2-3 2V3Zm3 5h6M9 12h6',
  close: 'M6 6l12 12M18 6 6 18',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  back: 'M14 5l-7 7 7 7',
  next: 'M10 5l7 7-7 7',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Zm0 4v4.500l3 2',
  globe: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16ZM4 12h16M12 4c2.500 2.500 3.500 5 3.500 8s-1 5.500-3.500 8c-2.500-2.500-3.500-5-3.500-8S9.500 6.500 12 4Z',
  warn: 'M12 4l9 16H3L12 4Zm0 6v4.500m0 2.500v.2',
  offline: 'M4 4l16 16M8.500 15.500a5 5 0 0 1 6.500-.5M5 12a10 10 0 0 1 4.500-2.600M19 12a10 10 0 0 0-5.500-2.800M12 19.500v.2',
  pin: 'M12 21s7-6 7-11a7 7 0 0 0-14 0c0 5 7 11 7 11Zm0-13.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5Z',
  store: 'M4 10l1.500-5h13L20 10M4 10c0 3 4 3 4 0 0 3 4 3 4 0 0 3 4 3 4 0 0 3 4 3 4 0M5.500 12.500V20h13v-7.500M10 20v-4.500h4V20',
  bike: 'M6.500 13.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7Zm11 0a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7ZM6.500 17l3.500-7h5l2.500 7M9 10H7m8 0-1-4h-2.500',
  table: 'M3 9h18M5 9l-1 11M19 9l1 11M12 9v8M8.500 20h7',
  board: 'M4 5h4.500v14H4V5Zm5.800 0h4.500v9H9.800V5Zm5.700 0H20v11h-4.500V5Z',
  mail: 'M4 6h16v12H4V6Zm0 .5 8 6.500 8-6.500',
  box: 'M4 8l8-4 8 4v8.500l-8 4-8-4V8Zm0 0 8 4 8-4M12 12v8.500',
  sliders: 'M4 7h9m4 0h3M4 17h3m4 0h9M13 4.500h4v5h-4v-5Zm-6 10h4v5H7v-5Z',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4.200 4.200 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4.200 4.200 0 0 0 6 6l1-1',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.500v15l12-7.500-12-7.500Z',
  refresh: 'M19.500 12a7.500 7.500 0 1 1-2.200-5.300L20 9m0-5v5h-5',
  trash: 'M5 7h14M9.500 7V4.500h5V7M7 7l1 13.500h8L17 7',
  invoice: 'M6 3h9l4 4v14H6V3Zm9 0v4h4M9 12h6M9 16h6',
  book: 'M12 6c-2-1.500-4.500-2-8-2v14c3.500 0 6 .5 8 2 2-1.500 4.500-2 8-2V4c-3.500 0-6 .5-8 2Zm0 0v14',
  copy: 'M9 9h11v11H9V9Zm-2 6H4V4h11v3',
  pan: 'M3 9h12v3a5 5 0 0 1-5 5H8a5 5 0 0 1-5-5V9Zm12 1.500h6M6 20h6',
  dots: 'M5 12h.01M12 12h.01M19 12h.01',
  coins: 'M9 4a5 5 0 1 1 0 10A5 5 0 0 1 9 4Zm6.500 5.700A5 5 0 1 1 10 16.500',
  ask: 'M4 5h16v11h-8l-5 4v-4H4V5Zm8 8.500v.1M10 8.600a2 2 0 1 1 2.800 1.800c-.5.3-.8.600-.8 1.200',
  out: 'M14 4H5v16h9M10 12h10m-4-4 4 4-4 4',
};

/** @param {{name: string, label?: string}} props */
export function Icon({ name, label }) {
  return html`<svg
    class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8"
    stroke-linecap="round" stroke-linejoin="round"
    role=${label ? 'img' : undefined} aria-label=${label} aria-hidden=${label ? undefined : 'true'}
  ><path d=${PATHS[name] ?? ''} /></svg>`;
}
