terraform {
  required_providers {
    helm = { source = "hashicorp/helm" }
  }
}

variable "namespace" { type = string }
variable "github_config_url" { type = string }
variable "max_runners" { type = number }

resource "helm_release" "arc_runner" {
  name       = "gh-nix"
  namespace  = var.namespace
  repository = "oci://ghcr.io/actions/actions-runner-controller-charts"
  chart      = "gha-runner-scale-set"
  version    = "0.13.1"
  timeout    = 600

  values = [sensitive(yamlencode({
    template = { spec = { containers = [{
      name    = "runner"
      image   = "ghcr.io/actions/actions-runner:latest"
      command = ["/home/runner/run.sh"]
      env     = [{ name = "NIX_CONFIG", value = "experimental-features = nix-command flakes" }]
      resources = {
        limits   = { cpu = "4", memory = "8Gi" }
        requests = { cpu = "500m", memory = "1Gi" }
      }
    }] } }
  }))]

  dynamic "set" {
    for_each = {
      "containerMode.type"                 = "kubernetes"
      "controllerServiceAccount.name"      = "arc-controller-gha-rs-controller"
      "controllerServiceAccount.namespace" = "arc-systems"
      "githubConfigSecret"                 = "github-app-secret"
      "githubConfigUrl"                    = var.github_config_url
      "maxRunners"                         = tostring(var.max_runners)
      "minRunners"                         = "0"
      "runnerGroup"                        = "default"
      "runnerScaleSetName"                 = "tinyland-nix"
    }
    content {
      name  = set.key
      value = set.value
    }
  }
}
