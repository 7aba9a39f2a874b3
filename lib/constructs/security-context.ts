/** A container that gains no privilege, has no capability and writes to its volumes only. */
export const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** A pod whose processes, and the files on its volumes, belong to user 1000 and never to root. */
export const asUser1000 = { runAsNonRoot: true, runAsUser: "1000", runAsGroup: "1000", fsGroup: "1000" };
