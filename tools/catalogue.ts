import { goTool } from "./go-tool";
import { pythonPackages, pythonProgram } from "./python-tool";
import { type Tool } from "./tool";

export const openTofu = goTool({
  name: "opentofu",
  package: "github.com/opentofu/opentofu/cmd/tofu",
  program: "tofu",
  minutes: 15,
  skippedBy: "tofu on PATH",
  // Without it the build calls itself a development version and warns on every run.
  ldflags: "-X github.com/opentofu/opentofu/version.dev=no",
});

/** The lab's S3 server: it keeps what it answered over kill -9, refuses a wrong secret, and its conditional writes are atomic. */
export const minio = goTool({
  name: "minio",
  package: "github.com/minio/minio",
  program: "minio",
  minutes: 15,
});

/** The specimen of a store that `check` must refuse: in a versioned bucket its locks break after the first. */
export const versitygw = goTool({
  name: "versitygw",
  package: "github.com/versity/versitygw/cmd/versitygw",
  program: "versitygw",
  minutes: 3,
});

/** https://github.com/anishathalye/porcupine, a checker of linearizability, behind a program of ours that reads histories. */
export const porcupine = goTool({
  name: "porcupine",
  package: ".",
  ownFiles: ["main.go"],
  program: "porcupine",
  minutes: 0.2,
});

export const actionlint = goTool({
  name: "actionlint",
  package: "github.com/rhysd/actionlint/cmd/actionlint",
  program: "actionlint",
  minutes: 1,
});

/** https://github.com/zegl/kube-score: static checks of what operators regret later (limits, probes, security contexts, network policies). */
export const kubeScore = goTool({
  name: "kube-score",
  package: "github.com/zegl/kube-score/cmd/kube-score",
  program: "kube-score",
  minutes: 1,
});

export const zizmor = pythonProgram("zizmor");

/** AWS's interfaces in memory: a second implementation of S3. */
export const moto = pythonPackages("moto");

/** What `make test` needs beside an engine. Those that take longest first: two are made at a time. */
export const testTools: readonly Tool[] = [minio, versitygw, kubeScore, actionlint, moto, zizmor, porcupine];

/** What a Kubernetes API server keeps its objects in. */
export const etcd = goTool({
  name: "etcd",
  package: "go.etcd.io/etcd/server/v3",
  program: "etcd",
  minutes: 2,
  target: "cluster-tools",
});

/** The real API server, without nodes and controllers: it judges objects as a cluster does. kubectl comes with the machine. */
export const kubeApiserver = goTool({
  name: "kube-apiserver",
  package: "k8s.io/kubernetes/cmd/kube-apiserver",
  program: "kube-apiserver",
  minutes: 15,
  target: "cluster-tools",
  // Without it the server says v0.0.0, and clients refuse to talk to it: the version of its go.mod.
  ldflags: ["gitVersion=v1.37.2", "gitMajor=1", "gitMinor=37"]
    .map((value) => `-X k8s.io/component-base/version.${value}`)
    .join(" "),
});

/** What `make test-cluster` needs beside those. */
export const clusterTools: readonly Tool[] = [kubeApiserver, etcd];
