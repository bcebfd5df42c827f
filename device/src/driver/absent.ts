/** What is read where it is there, and nothing where it is not: of a file that not every system has, or that goes while it is read. */
export const ifThere = (read: () => string): string => {
  try {
    return read();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw cause;
  }
};
