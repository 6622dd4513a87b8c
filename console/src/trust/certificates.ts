/** What a person wants to know of a certificate that he is about to trust. The service checks it; this only shows it. */
export interface CertificateWords {
  subject: string;
  /** An ISO time, or empty. */
  validUntil: string;
}

interface Node {
  tag: number;
  bytes: Uint8Array;
}

/** The nodes of a DER sequence (X.690 8.1), as far as they hold. */
function nodes(bytes: Uint8Array): Node[] {
  const found: Node[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length & 0x80) {
      const count = length & 0x7f;
      length = 0;
      for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[at + i] ?? 0);
      at += count;
    }
    if (at + length > bytes.length) break;
    found.push({ tag, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

const text = new TextDecoder();
const kCommonName = '85,4,3';
const kOrganisation = '85,4,10';

/** A Name's common name, or its organisation (RFC 5280 4.1.2.4). */
function nameWords(name: Uint8Array): string {
  const found = new Map<string, string>();
  for (const set of nodes(name)) {
    for (const pair of nodes(set.bytes)) {
      const [type, value] = nodes(pair.bytes);
      if (type && value) found.set([...type.bytes].join(','), text.decode(value.bytes));
    }
  }
  return found.get(kCommonName) ?? found.get(kOrganisation) ?? '';
}

/** UTCTime or GeneralizedTime (RFC 5280 4.1.2.5). */
function time(node: Node | undefined): string {
  if (!node) return '';
  const digits = text.decode(node.bytes).replace(/\D/g, '');
  const isShort = node.tag === 0x17;
  const full = isShort ? (digits.slice(0, 2) < '50' ? '20' : '19') + digits : digits;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(full);
  if (!parts) return '';
  const [, year, month, day, hour, minute, second] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function words(der: Uint8Array): CertificateWords {
  const certificate = nodes(der)[0];
  const body = certificate && nodes(certificate.bytes)[0];
  const fields = body ? nodes(body.bytes) : [];
  // TBSCertificate: [0] version, serial, algorithm, issuer, validity, subject, … (RFC 5280 4.1)
  const start = fields[0]?.tag === 0xa0 ? 1 : 0;
  const validity = fields[start + 3];
  const subject = fields[start + 4];
  return {
    subject: subject ? nameWords(subject.bytes) : '',
    validUntil: time(validity ? nodes(validity.bytes)[1] : undefined),
  };
}

/** Each certificate of a PEM text, in its order. */
export function readCertificates(pem: string): CertificateWords[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, base64]) => {
    try {
      return words(Uint8Array.from(atob((base64 ?? '').replace(/\s/g, '')), (letter) => letter.charCodeAt(0)));
    } catch {
      return { subject: '', validUntil: '' };
    }
  });
}
