// Where a process works in its pod: the one folder that it may write, and that goes with the pod.

export const workFolder = '/scratch'
