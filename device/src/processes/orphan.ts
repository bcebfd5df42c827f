/** True where the parent died while this process was loading: its line to us closed before anyone could hear of it. */
export const isOrphan = (): boolean => process.send !== undefined && !process.connected;
