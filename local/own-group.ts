/** For the parts of the local mode: a Ctrl-C at the terminal goes to the process that started them, which ends them in their order,
 * and not to each of them. They end with it all the same, by their standard input. */
export const ownGroup = { detached: process.platform !== "win32" };
