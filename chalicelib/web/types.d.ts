/** What crosses the modules: the API's resources as the pages read them, and the pages' own. */

interface Money { amount_minor: number; currency: string }
type Names = string | Record<string, string>;

interface Route { path: string[]; query: URLSearchParams }
interface Session { access_token: string; refresh_token: string; expires_at: number }
interface TokenAnswer { access_token: string; refresh_token?: string; expires_in: number }

interface ProblemDocument {
  title: string; detail: string; code: string; request_id: string;
  errors: { pointer: string; detail: string }[];
  [extension: string]: any;
}
interface ApiOptions {
  method?: string; body?: unknown; key?: string; ifMatch?: string; etag?: string;
  as?: 'public'; guest?: string; accept?: string; signal?: AbortSignal; timeoutMs?: number;
}
interface ApiAnswer {
  data: any; status: number; etag: string | null; pollAfter: number; replayed: boolean;
}
interface WatchState { data: any; error: any; at: number }
interface Watched extends WatchState {
  loading: boolean; refresh: () => void; replaceData: (data: any) => void;
}

interface PaymentWay {
  provider: string; methods: string[]; devices: Record<string, string[]>; currencies: string[];
  publishable_key?: string; script_url?: string; payer_page?: string;
}
interface RateForm {
  currency: string; rate: string; source: string; margin: string; rated_at: string; valid_until: string;
  given?: { rated_at: string; valid_until: string };
}
interface Charge { amount: Money; rate: string; rate_source: string; valid_until: string }
interface Store {
  store_id: string; name: Names; time_zone: string; currency: string;
  tables: string[]; fulfillment_types: string[]; payment_methods: PaymentWay[];
  paused: boolean; pause_reason: string | null; paused_until: string | null; open: boolean; next_opening_at: string | null;
  address: string; description: Names;
}
interface Choice { choice_id: string; name: Names; price_delta: Money }
interface ProductOption {
  option_id: string; name: Names; required: boolean; choices_max: number; choices: Choice[];
}
interface Product {
  product_id: string; sku: string; name: Names; description: Names;
  category: string; category_name: string;
  images: string[]; price: Money; options: ProductOption[];
  bundle_of: { sku: string; quantity: number; name?: Names }[] | null; available: number | null;
}
interface CartLine {
  key: string; sku: string; quantity: number; options: string[];
  name: Names; detail: string; unit: Money; image: string | null;
}
interface Cart { lines: CartLine[]; table: string }

interface LineItem {
  line_id: string; sku: string; name: Names; quantity: number; options: any[];
  unit_price: Money; line_total: Money;
}
interface Totals { subtotal: Money; discount: Money; delivery_fee: Money; tax: Money; total: Money }
interface OrderEvent {
  event_id: string; type: string; version: number; at: string;
  actor: { type: string; id: string }; data: any;
}
interface Payment {
  payment_id: string; provider: string; method: string; status: string; amount: Money;
  next_action?: { type: string; url?: string; qr_data?: string; client_secret?: string };
  expires_at?: string; charge?: Charge; failure_reason?: string | null;
}
interface Question {
  question_id: string; kind: string; text: string; answer_by: string;
  choices: { choice: string; label: string }[];
}
interface Order {
  questions?: Question[];
  pending_edit?: { line_items: LineItem[]; totals: Totals; expires_at: string } | null;
  order_id: string; number: string; pickup_code: string; status: string; payment_status: string;
  fulfillment_status: string; version: number; store_id: string; customer_id: string | null;
  channel: string; line_items: LineItem[]; totals: Totals; amount_due?: Money; fulfillment: any; contact: any;
  note: string | null; placed_at: string; updated_at: string; expires_at: string | null;
  promised_at: string | null; cancel_reason: string | null; events: OrderEvent[];
  payments: Payment[]; refunds: any[]; disputes?: any[]; shipments: any[]; invoices: any[]; guest_token?: string;
}
interface QuoteProblem { pointer: string; code: string; available?: number; detail?: string }
interface Quote {
  stock_checked: boolean; line_items: LineItem[]; totals: Totals; problems: QuoteProblem[] }

interface PushDevice { owner: string; endpoint: string; id: string }

interface OutboxEntry {
  key: string; owner: string; body: any; tried?: boolean; made_at: string; meant_at?: string;
  state: 'waiting' | 'late' | 'withdrawn' | 'received' | 'refused' | 'sent';
  summary: string; problem?: Partial<ProblemDocument>; order_id?: string; order?: Order;
}
interface StatusBoard {
  components: { component: string; status: string }[];
  incidents: {
    incident_id: string; cause: string; opened_at: string; expected_recovery_at: string | null;
    store_id: string | null; buffered: boolean;
  }[];
  announcements: { announcement_id: string; text: string; store_id: string | null; incident_id: string | null }[];
}

interface Ticket {
  order_id: string; number: string; version: number; status: string; placed_at: string;
  promised_at: string | null; updated_at: string; type: string; table?: string; fulfillment: { type: string };
  note: string | null; mark: string;
  lines: { line_id: string; quantity: number; name: string; options: string[] }[];
}
interface Tickets {
  at: number; items: Ticket[]; done: Record<string, string[]>; accepted: Record<string, string>;
}
