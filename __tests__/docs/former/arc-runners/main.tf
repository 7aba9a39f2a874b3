# A stack as operators have it before they migrate, cut to its bones: the addresses are those of the real one.
terraform {
  backend "s3" {}
  required_providers {
    helm       = { source = "hashicorp/helm", version = "2.17.0" }
    kubernetes = { source = "hashicorp/kubernetes", version = "2.38.0" }
  }
}

variable "cluster_context" { type = string }
variable "github_config_url" { type = string }
variable "deploy_docker_runner" { type = bool }
variable "nix_max_runners" { type = number }

provider "kubernetes" {
  config_context = var.cluster_context
}

provider "helm" {
  kubernetes {
    config_context = var.cluster_context
  }
}

module "arc_controller" {
  source = "./modules/controller"
}

resource "kubernetes_namespace_v1" "arc_runners" {
  count = 1
  metadata {
    name = "arc-runners"
    labels = {
      "app.kubernetes.io/name"       = "arc-runners"
      "app.kubernetes.io/component"  = "runner-pool"
      "app.kubernetes.io/managed-by" = "opentofu"
    }
  }
}

module "gh_nix" {
  source            = "./modules/runner"
  namespace         = kubernetes_namespace_v1.arc_runners[0].metadata[0].name
  github_config_url = var.github_config_url
  max_runners       = var.nix_max_runners
}
