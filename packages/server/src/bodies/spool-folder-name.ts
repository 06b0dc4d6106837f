/** The names of processes' folders: machine and namespace, number, start, and what makes it one that nobody could make before. */
export const spoolFolderName = /^bento-uploads-([0-9a-f]{12})-(\d+)-(\d+)-\w{6}$/;
