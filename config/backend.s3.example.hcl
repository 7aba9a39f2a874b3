# An S3 backend file as operators have it today, for TOFU_BACKEND_CONFIG_DIR (one file per stack, <stack>-<env>.hcl) or
# TOFU_BACKEND_CONFIG_FILE (one stack). It needs `state.backend: s3` (or the stack's own flag) and a ledger entry; state.s3 in
# organization.yaml makes it unnecessary, and `flywheel convert` writes that. The lock is on where use_lockfile is not named.
# Credentials never stand here: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
bucket                      = "tofu-state"
key                         = "attic/terraform.tfstate"
region                      = "us-east-1"
endpoints                   = { s3 = "https://s3.honey.example.ts.net" }
use_path_style              = true
skip_credentials_validation = true
skip_region_validation      = true
skip_metadata_api_check     = true
skip_requesting_account_id  = true
