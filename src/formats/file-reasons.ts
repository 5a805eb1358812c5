/** Why the system refuses to read or write a file, in words instead of its codes. */

const reasons = {
  read: {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    EACCES: 'it may not be read',
  },
  write: {
    ENOENT: 'no file can be made there',
    ENOTDIR: 'a part of the path is no folder',
    EISDIR: 'there is a folder of that name',
    EACCES: 'it may not be written there',
    EPERM: 'it may not be written there',
    EFBIG: 'it is larger than files may be there',
    EROFS: 'the file system can only be read',
    ENOSPC: 'there is no space left',
    EDQUOT: 'the quota is used up',
    ENAMETOOLONG: 'the name is too long',
    ELOOP: 'its symbolic links lead in a circle',
  },
} satisfies Record<string, Record<string, string>>;

/** Without the path, which the caller names. What has no such code is told as it is. */
export function fileReason(error: unknown, action: keyof typeof reasons): string {
  if (!(error instanceof Error)) return String(error);
  const known: Readonly<Record<string, string>> = reasons[action];
  return known[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
}
