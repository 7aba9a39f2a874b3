import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { UserError } from "../../lib/errors";
import { pemPairUnusable, pemUnreadable } from "../refusals";

/** A certificate with its key, PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * The certificate of two files, which whoever renews it replaces at some time: both by one rename, as Kubernetes does with a
 * Secret, or one after the other.
 */
export class CertificateFiles {
  #stamp = "";

  constructor(
    private readonly certFile: string,
    private readonly keyFile: string,
  ) {}

  /** Reads both. @throws UserError `no-pem` where one can't be read, `pem-pair` where they are not a certificate and its key. */
  async load(): Promise<Certificate> {
    // Looked at before reading: a file that changes meanwhile is read once more.
    this.#stamp = await this.#look();
    const [cert, key] = await Promise.all([readPem(this.certFile), readPem(this.keyFile)]);
    try {
      createSecureContext({ cert, key });
    } catch (error) {
      throw pemPairUnusable(this.certFile, this.keyFile, error);
    }
    return { cert, key };
  }

  /** The certificate where a file has changed since the last look; undefined where none has. It throws as `load` does. */
  async loadIfChanged(): Promise<Certificate | undefined> {
    return (await this.#look()) === this.#stamp ? undefined : this.load();
  }

  async #look(): Promise<string> {
    const stamps = await Promise.all(
      [this.certFile, this.keyFile].map((file) =>
        stat(file).then(
          ({ ino, size, mtimeMs, ctimeMs }) => [ino, size, mtimeMs, ctimeMs].join(" "),
          () => "missing",
        ),
      ),
    );
    return stamps.join("; ");
  }
}

/** Until when a certificate is valid; for messages. */
export function validUntil({ cert }: Certificate): Date {
  return new Date(new X509Certificate(cert).validTo);
}

/**
 * Looks every `interval` milliseconds for a renewed certificate and gives it to `renew`. One that can't be used is reported, once,
 * and the one before stays. Returns how to look at once, and how to stop.
 */
export function watchCertificate(
  files: CertificateFiles,
  { interval, renew, report }: CertificateWatch,
): { readonly look: () => Promise<void>; readonly stop: () => void } {
  let looking: Promise<void> | undefined;
  const once = async (): Promise<void> => {
    try {
      const renewed = await files.loadIfChanged();
      if (renewed !== undefined) renew(renewed);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report(error);
    }
  };
  const look = () => (looking ??= once().finally(() => (looking = undefined)));
  const timer = setInterval(() => void look(), interval);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}

interface CertificateWatch {
  readonly interval: number;
  readonly renew: (certificate: Certificate) => void;
  readonly report: (problem: UserError) => void;
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw pemUnreadable(file, error);
  }
}
