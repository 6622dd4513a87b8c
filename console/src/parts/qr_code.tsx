import { encode } from 'uqr';

const kQuiet = 3;

/** A QR code, drawn here: what stands in it goes nowhere else. Dark on light in both looks, as cameras want it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { border: 0 });
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  const whole = size + 2 * kQuiet;
  return (
    <svg viewBox={`${-kQuiet} ${-kQuiet} ${whole} ${whole}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect x={-kQuiet} y={-kQuiet} width={whole} height={whole} rx={2} fill="#fff" />
      <path d={squares} fill="#15181e" />
    </svg>
  );
}
