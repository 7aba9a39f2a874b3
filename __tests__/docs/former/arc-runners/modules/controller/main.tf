terraform {
  required_providers {
    helm       = { source = "hashicorp/helm" }
    kubernetes = { source = "hashicorp/kubernetes" }
  }
}

resource "kubernetes_namespace_v1" "arc_systems" {
  count = 1
  metadata {
    name = "arc-systems"
    labels = {
      "app.kubernetes.io/name"       = "arc-controller"
      "app.kubernetes.io/instance"   = "arc-controller"
      "app.kubernetes.io/component"  = "runner-controller"
      "app.kubernetes.io/managed-by" = "opentofu"
    }
  }
}

resource "helm_release" "arc_controller" {
  name       = "arc-controller"
  namespace  = kubernetes_namespace_v1.arc_systems[0].metadata[0].name
  repository = "oci://ghcr.io/actions/actions-runner-controller-charts"
  chart      = "gha-runner-scale-set-controller"
  version    = "0.13.1"
  timeout    = 600

  dynamic "set" {
    for_each = {
      "flags.logLevel"            = "info"
      "flags.updateStrategy"      = "eventual"
      "resources.limits.cpu"      = "250m"
      "resources.limits.memory"   = "256Mi"
      "resources.requests.cpu"    = "100m"
      "resources.requests.memory" = "128Mi"
    }
    content {
      name  = set.key
      value = set.value
    }
  }
}
