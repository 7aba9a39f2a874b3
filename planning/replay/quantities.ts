/** A Kubernetes quantity as `mantissa * 10^exponent`, exactly. */
interface Quantity {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: Readonly<Record<string, number>> = { "": 0, n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)([a-zA-Z]{0,2}|[eE][+-]?\d{1,2})$/;

/**
 * True when both texts are quantities of the same value: 1000m and 1, 1024Mi and 1Gi.
 * Grammar: kubernetes.io, reference "Quantity": a decimal number with a binary suffix, a decimal suffix or an exponent.
 */
export function sameQuantity(left: string, right: string): boolean {
  const a = parseQuantity(left);
  const b = parseQuantity(right);
  if (a === undefined || b === undefined) return left === right;
  const least = Math.min(a.exponent, b.exponent);
  return scaled(a, least) === scaled(b, least);
}

function scaled(quantity: Quantity, exponent: number): bigint {
  return quantity.mantissa * 10n ** BigInt(quantity.exponent - exponent);
}

function parseQuantity(text: string): Quantity | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, sign = "", digits = "", suffix = ""] = match;
  const [whole = "", fraction = ""] = digits.split(".");
  const scale = suffixScale(suffix);
  if (scale === undefined) return undefined;
  const mantissa = BigInt(whole + fraction) * scale.mantissa;
  return { mantissa: sign === "-" ? -mantissa : mantissa, exponent: scale.exponent - fraction.length };
}

function suffixScale(suffix: string): Quantity | undefined {
  const binary = BINARY.indexOf(suffix);
  if (binary >= 0) return { mantissa: 1024n ** BigInt(binary + 1), exponent: 0 };
  const decimal = DECIMAL[suffix];
  if (decimal !== undefined) return { mantissa: 1n, exponent: decimal };
  return /^[eE][+-]?\d+$/.test(suffix) ? { mantissa: 1n, exponent: Number(suffix.slice(1)) } : undefined;
}
