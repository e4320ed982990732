#!/bin/sh
# Asks what is known against the locked versions, and writes the bill of materials. Known faults end
# it with 1; a source that cannot be reached is said, and ends it with 0: it proves nothing, and the
# bill is there all the same.
# Ce qui est connu contre les versions verrouillées; une source injoignable est dite, sans échec.
set -u
cd "$(dirname "$0")/.." || exit 2
bill=${BILL:-var/terrain.cdx.json}
mkdir -p "$(dirname "$bill")"
.venv/bin/python -m tools.sbom > "$bill" || exit 2
echo "$bill"
told=$(mktemp)
trap 'rm -f "$told"' EXIT
faults=0

# asked NAME PATTERN COMMAND...: PATTERN is what the tool prints once the source has answered.
asked() {
	name=$1 answered=$2
	shift 2
	if "$@" > "$told" 2>&1; then
		cat "$told"
	elif grep -Eq "$answered" "$told"; then
		cat "$told"
		faults=1
	else
		echo "$name : source injoignable, rien n'est prouvé / source out of reach, nothing is proved"
		head -n 1 "$told"
	fi
}

# Strict: a source that knows none of our packages has answered nothing.
asked pip-audit 'Found [0-9]+ known' \
	.venv/bin/uv tool run --quiet pip-audit==2.10.1 \
	--requirement requirements/run.txt --require-hashes --disable-pip --strict --progress-spinner off
asked npm '(vulnerabilities|severity)' npm --prefix pwa audit --omit=dev
exit $faults
