# An HTTP backend file as operators have it today, for TOFU_BACKEND_CONFIG_DIR (one file per stack, <stack>-<env>.hcl) or
# TOFU_BACKEND_CONFIG_FILE (one stack). state.http.address in organization.yaml makes it unnecessary.
# Credentials never stand here: TF_HTTP_USERNAME and TF_HTTP_PASSWORD.
address        = "https://state.honey.example.ts.net/state/attic-dev"
lock_address   = "https://state.honey.example.ts.net/state/attic-dev/lock"
unlock_address = "https://state.honey.example.ts.net/state/attic-dev/lock"
lock_method    = "POST"
unlock_method  = "DELETE"
retry_wait_min = 5
