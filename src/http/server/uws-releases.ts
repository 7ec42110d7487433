/** A release of uWebSockets.js that a package of npm's registry carries. */
export interface Release {
  readonly version: string;
  /** The package by its alias in `package.json`. */
  readonly alias: string;
  /** The oldest glibc that its binaries load on. */
  readonly glibc: string;
  /** SHA-256 of each binary by its path in the package; a binary that is not listed is never loaded. */
  readonly digests: Readonly<Record<string, string>>;
}

/**
 * The best first: the first one that loads is taken. `docs/platforms.md` says who publishes each, and why
 * the order is this. The end of a binary's name is the version of Node's ABI: 115 is Node 20, 127 is
 * Node 22, 137 is Node 24.
 */
export const RELEASES: readonly Release[] = [
  {
    version: '20.57.0',
    alias: 'uWebSockets.js-20.57',
    glibc: '2.38',
    digests: {
      'uws_linux_x64_115.node': '5b126ee00bf754b02e97e4c27090365a8562c5820c93f93918ac2212d4503e91',
      'uws_linux_x64_127.node': '4b55b1f2cb7a7913febbb65a89496412b96af77e838552980092ba6b33723aac',
      'uws_linux_x64_137.node': '98128405dba2fb608448e921a979530f70c946a2cc9889c15f2fa70c2d00ab05',
    },
  },
  {
    version: '20.30.0',
    alias: 'uWebSockets.js',
    glibc: '2.27',
    digests: {
      'binaries/uws_linux_x64_115.node':
        'f158fb441f7e2e37b3ab9a56782fe37f4c0d33b5cd32e96ee5c0120ce7db7ced',
    },
  },
];
