/** Preact, its hooks and htm under one name: `html` writes markup, the hooks hold state. */
import { h, render } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
export { render };
export { useState, useEffect, useRef, useMemo, useCallback } from 'preact/hooks';
