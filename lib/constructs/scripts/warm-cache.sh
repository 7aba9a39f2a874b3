# Fetches the flakes that most builds begin with. Exit 0 only if all came.
set -eu

export HOME=/tmp NIX_CONFIG='experimental-features = nix-command flakes'
failed=
for flake in github:NixOS/nixpkgs/nixos-unstable github:nix-community/home-manager; do
  nix flake prefetch "$flake" || failed="$failed $flake"
done
[ -z "$failed" ] || { echo "not fetched:$failed" >&2; exit 1; }
