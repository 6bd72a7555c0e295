#!/usr/bin/env bash
# Makes up what docker-compose.yml must be told: .env with passwords, and the key that signs access tokens. Leaves alone what is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
umask 077

mkdir -p .secrets
key=.secrets/signing-key.pem
[ -e "$key" ] || openssl genpkey -algorithm ed25519 -out "$key"

[ -e .env ] || cp .env.example .env
chmod 600 .env

# fill NAME VALUE - gives it a value if it has none.
fill() {
    sed -i "s|^$1=\$|$1=$2|" .env
}

owner=$(id -u):$(id -g)
if [ "$(id -u)" = 0 ]; then
    owner=10001:10001 # The program need not be root to read a key that root made.
    chown "$owner" .secrets "$key"
fi
fill LINLI_USER "$owner"
for name in POSTGRES_PASSWORD POSTGRES_LINLI_PASSWORD POSTGRES_MONITOR_PASSWORD REDIS_PASSWORD GRAFANA_PASSWORD; do
    fill "$name" "$(openssl rand -hex 24)"
done
