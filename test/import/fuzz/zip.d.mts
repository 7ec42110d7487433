export interface ZipMember {
  readonly name: string;
  readonly data: Buffer;
}
export function isZip(bytes: Buffer): boolean;
export function readZip(bytes: Buffer): ZipMember[] | null;
export function writeZip(members: readonly ZipMember[]): Buffer;
