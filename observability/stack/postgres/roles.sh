#!/bin/sh
# Run once, by the image of PostgreSQL, on an empty volume. The program owns its database and is no superuser; the exporter may only look.
set -eu
psql -v ON_ERROR_STOP=1 -v linli="$(cat /run/secrets/postgres_linli)" -v monitor="$(cat /run/secrets/postgres_monitor)" <<'END'
create role linli login password :'linli';
create role monitor login password :'monitor' connection limit 5;
grant pg_monitor to monitor;
create database linli owner linli;
\connect linli
create extension pg_stat_statements;
END
