/** Preact, its hooks and htm under one name: `html` writes markup, the hooks hold state. */
import { h, render } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
export { useState, useEffect, useRef, useMemo, useCallback } from 'preact/hooks';

/** Fills the page, in place of what it showed while loading. @param {any} root */
export function mount(root) {
  const place = /** @type {HTMLElement} */ (document.getElementById('app'));
  place.replaceChildren();
  render(root, place);
}
