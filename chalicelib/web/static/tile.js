/** A product's picture: its photo if there is one, else a drawn tile that suits its name. */
import { html, useState } from './dom.js';

/** What a name is recognized by, its sign, and the hue of its tile; the first that fits counts.
 * @type {[RegExp, string, number][]} */
const DRAWINGS = [
  [/\bset\b|bundle|combo|套餐|组合|礼盒/i, '🍱', 345],
  [/noodle|ramen|pasta|面$|拉面|挂面|河粉|米线/i, '🍜', 24],
  [/wonton|dumpling|\bbuns?\b|饺|馄饨|抄手|包子|小笼|汤包/i, '🥟', 35],
  [/ice cream|gelato|冰淇淋|雪糕/i, '🍨', 190],
  [/milk tea|bubble|奶茶/i, '🧋', 28],
  [/coffee|latte|espresso|咖啡|拿铁/i, '☕', 28],
  [/lemon|柠檬/i, '🍋', 52],
  [/\btea\b|茶/i, '🍵', 140],
  [/beer|啤酒/i, '🍺', 42],
  [/juice|soda|cola\b|汁|可乐|汽水|酸梅汤/i, '🥤', 350],
  [/water\b|矿泉水|纯净水/i, '💧', 205],
  [/milk|yogurt|豆浆|牛奶|酸奶|燕麦奶|鲜奶/i, '🥛', 215],
  [/cheese|cheddar|奶酪|芝士/i, '🧀', 46],
  [/croissant|可颂/i, '🥐', 34],
  [/bread|toast|面包|吐司/i, '🍞', 32],
  [/cake|蛋糕/i, '🍰', 330],
  [/chocolate|巧克力/i, '🍫', 22],
  [/chips|fries|薯片|薯条/i, '🥔', 44],
  [/oil\b|sauce|vinegar$|syrup|油 ?\d|酱油|醋 ?\d/i, '🫙', 40],
  [/peanut|nuts?\b|花生|坚果/i, '🥜', 36],
  [/rice ball|pudding|sago|圆子|布丁|甘露|糖水/i, '🍮', 42],
  [/rice|congee|饭|粥|大米/i, '🍚', 48],
  [/soup|broth|hot ?pot|汤|煲|锅/i, '🍲', 18],
  [/pizza|披萨/i, '🍕', 15],
  [/burger|汉堡/i, '🍔', 30],
  [/tofu|豆腐/i, '🍢', 55],
  [/salad|沙拉|凉拌/i, '🥗', 105],
  [/egg|蛋/i, '🥚', 46],
  [/chicken|duck|鸡|鸭/i, '🍗', 32],
  [/beef|pork|lamb|steak|牛|猪|羊|肉/i, '🥩', 5],
  [/fish|salmon|鱼/i, '🐟', 200],
  [/shrimp|prawn|crab|虾|蟹/i, '🦐', 10],
  [/pineapple|凤梨|菠萝/i, '🍍', 48],
  [/apple|苹果/i, '🍎', 2],
  [/banana|香蕉/i, '🍌', 50],
  [/orange|橙|橘/i, '🍊', 28],
  [/kiwi|猕猴桃/i, '🥝', 95],
  [/cucumber|黄瓜/i, '🥒', 110],
  [/melon|瓜$|哈密瓜|西瓜/i, '🍈', 80],
  [/cherr|车厘子|樱桃/i, '🍒', 350],
  [/strawberr|草莓/i, '🍓', 350],
  [/grape|葡萄/i, '🍇', 285],
  [/mango|芒果/i, '🥭', 40],
  [/tomato|西红柿|番茄/i, '🍅', 8],
  [/potato|土豆/i, '🥔', 44],
  [/broccoli|西兰花/i, '🥦', 115],
  [/mushroom|菇|菌/i, '🍄', 20],
  [/cabbage|lettuce|greens|白菜|圆白菜|生菜/i, '🥬', 105],
  [/tissue|paper|抽纸|纸巾/i, '🧻', 210],
  [/soap|liquid|shampoo|洗/i, '🧴', 175],
  [/cookie|biscuit|饼干/i, '🍪', 30],
];

/** @param {string} name */
export function drawingOf(name) {
  for (const [pattern, sign, hue] of DRAWINGS) if (pattern.test(name)) return { sign, hue };
  let hue = 0;
  for (const letter of name) hue = (hue * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return { sign: [...name.trim()][0] ?? '·', hue };
}

/** @param {{name: string, image?: string | null}} props */
export function Tile({ name, image }) {
  const [broken, setBroken] = useState(false);
  if (image && !broken) {
    return html`<img class="tile" src=${image} alt="" width="160" height="160" loading="lazy"
      onError=${() => setBroken(true)} />`;
  }
  const { sign, hue } = drawingOf(name);
  return html`<svg class="tile" viewBox="0 0 100 100" aria-hidden="true" style=${{ '--hue': hue }}>
    <rect class="tile-back" width="100" height="100" />
    <circle class="tile-disc" cx="50" cy="54" r="37" />
    <text x="50" y="57" text-anchor="middle" dominant-baseline="central">${sign}</text>
  </svg>`;
}
