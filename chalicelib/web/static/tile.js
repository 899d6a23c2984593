/** A product's picture: its photo if there is one, else a drawn tile that suits its name. */
import { html, useState } from './dom.js';

/** @type {[RegExp, string, number][]} */
const DRAWINGS = [
  [/bundle|combo|set |套餐|礼盒|gift/i, '🎁', 345],
  [/coffee|latte|espresso|americano|咖啡|拿铁|美式/i, '☕', 28],
  [/tea|茶/i, '🍵', 140],
  [/beer|啤酒/i, '🍺', 42],
  [/wine|酒/i, '🍷', 340],
  [/juice|lemon|soda|cola|sprite|汁|柠檬|可乐|汽水|drink|饮/i, '🥤', 12],
  [/water|水$/i, '💧', 205],
  [/milk|yogurt|奶/i, '🥛', 215],
  [/dumpling|wonton|饺|馄饨|抄手|包子|bun|bao/i, '🥟', 35],
  [/noodle|ramen|面$|面条|粉$|pasta/i, '🍜', 24],
  [/rice|congee|饭|粥|米/i, '🍚', 48],
  [/soup|hot ?pot|汤|煲|锅|stew/i, '🍲', 18],
  [/burger|汉堡/i, '🍔', 30],
  [/pizza/i, '🍕', 15],
  [/chicken|duck|wing|鸡|鸭|鹅/i, '🍗', 32],
  [/beef|pork|lamb|steak|meat|牛|猪|羊|肉|排骨/i, '🥩', 5],
  [/fish|salmon|鱼/i, '🐟', 200],
  [/shrimp|prawn|crab|seafood|虾|蟹|海鲜/i, '🦐', 10],
  [/tofu|豆腐|bean|豆/i, '🫘', 55],
  [/mushroom|菇|菌/i, '🍄', 20],
  [/salad|vegetable|greens|cabbage|broccoli|cucumber|菜|瓜|蔬/i, '🥬', 105],
  [/egg|蛋/i, '🥚', 46],
  [/bread|toast|croissant|面包|吐司/i, '🥐', 34],
  [/cake|pudding|dessert|sweet|糕|甜|布丁|tart|蛋挞/i, '🍰', 330],
  [/ice|gelato|冰/i, '🍨', 190],
  [/cookie|biscuit|cracker|饼/i, '🍪', 30],
  [/chocolate|巧克力/i, '🍫', 22],
  [/nut|almond|cashew|坚果|花生|杏仁/i, '🥜', 36],
  [/apple|苹果/i, '🍎', 2],
  [/banana|香蕉/i, '🍌', 50],
  [/orange|橙|橘/i, '🍊', 28],
  [/fruit|berry|grape|果|莓|葡萄/i, '🍇', 285],
  [/oil|sauce|vinegar|soy|油|酱|醋|盐|salt|sugar|糖/i, '🫙', 40],
  [/paper|tissue|纸/i, '🧻', 210],
  [/soap|shampoo|wash|detergent|皂|洗/i, '🧴', 175],
  [/snack|chip|零食|薯/i, '🍿', 44],
  [/pen|book|note|笔|本/i, '✏️', 48],
  [/batter|charger|cable|lamp|电|灯/i, '🔌', 220],
];

/** @param {string} text */
function drawingOf(text) {
  for (const [pattern, sign, hue] of DRAWINGS) if (pattern.test(text)) return { sign, hue };
  let hue = 0;
  for (const letter of text) hue = (hue * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return { sign: [...text.trim()][0] ?? '·', hue };
}

/** @param {{name: any, category?: any, image?: string | null, eager?: boolean}} props */
export function Tile({ name, category, image, eager = false }) {
  const [broken, setBroken] = useState(false);
  if (image && !broken) {
    return html`<img class="tile" src=${image} alt="" width="160" height="160"
      loading=${eager ? 'eager' : 'lazy'} onError=${() => setBroken(true)} />`;
  }
  /** @param {any} value */
  const words = (value) => (typeof value === 'object' ? Object.values(value ?? {}).join(' ') : value ?? '');
  const first = drawingOf(words(name));
  const { sign, hue } = [...first.sign].length === 1 && /[\w\u4e00-\u9fff]/.test(first.sign)
    ? { ...drawingOf(words(category)), ...(words(category) ? {} : first) } : first;
  return html`<svg class="tile" viewBox="0 0 100 100" aria-hidden="true" style=${{ '--hue': hue }}>
    <rect class="tile-back" width="100" height="100" />
    <circle class="tile-disc" cx="50" cy="54" r="37" />
    <text x="50" y="57" text-anchor="middle" dominant-baseline="central">${sign}</text>
  </svg>`;
}
