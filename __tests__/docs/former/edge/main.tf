# A stack that stays HCL. It needs no provider.
terraform {
  backend "s3" {}
}

resource "terraform_data" "edge" {
  input = "edge.example.org"
}
