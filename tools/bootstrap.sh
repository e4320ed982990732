#!/bin/sh
# Brings this checkout to the point where it can run or be tested: system packages, .venv, pwa.
# usage: tools/bootstrap.sh run|check|test
#
# Each step leaves a stamp inside what it made, last of all: the hash of everything the step was
# made from. A stamp that is missing or differs means half-made or outdated, and the step is done
# again from nothing. With every stamp in place no step touches the network.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin # snmpd lives there, and not everyone's PATH does
unset PYTHONPATH PYTHONHOME
export npm_config_update_notifier=false
python=
pinned=

main() {
  case ${1-} in
    run) pinned=run && set -- libzbar0 ;;
    check) pinned=dev && set -- libzbar0 ;;
    test) pinned=dev && set -- libzbar0 chromium postgresql-common postgresql-15 strace faketime \
      libfaketime snmpd fonts-dejavu-core ;;
    *) die "usage : $0 run|check|test" "usage: $0 run|check|test" ;;
  esac
  exec 9<Makefile && flock 9 # two at once would undo each other's work
  find_python
  find_node
  install_packages "$@"
  make_venv
  install_project
  install_pwa
  build_pwa
}

# die FRENCH ENGLISH: the only way out on a fault; one line, and no traceback.
die() {
  echo "terrain : $1 / $2" >&2
  exit 1
}

say() {
  echo "terrain : $1 / $2" >&2
}

# The interpreter itself, not the one of a .venv that may be active and about to be removed.
find_python() {
  for name in python3 python3.11 python3.12 python3.13; do
    python=$("$name" -c 'import sys; sys.version_info < (3, 11) or print(sys._base_executable)' \
      2>/dev/null || true)
    if test -n "$python"; then return; fi
  done
  die "Python 3.11 ou plus récent est requis ; sous Debian 12 : apt-get install python3" \
    "Python 3.11 or newer is needed; on Debian 12: apt-get install python3"
}

# vite 8 refuses a Node older than 20.19.
find_node() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number)
    process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null ||
    die "Node 20.19 ou plus récent est requis ; ici : $(node --version 2>/dev/null || echo aucun)" \
      "Node 20.19 or newer is needed; here: $(node --version 2>/dev/null || echo none)"
  npm --version >/dev/null 2>&1 || die "npm est requis (il vient avec Node)" "npm is needed (it comes with Node)"
}

# has PACKAGE: is what the package brings on this machine, wherever it came from?
has() {
  case $1 in
    libzbar0) ldconfig -p | grep -q 'libzbar\.so\.0' ;;
    libfaketime) test -n "$(find /usr/lib -name libfaketime.so.1 -print -quit)" ;;
    postgresql-common) command -v pg_virtualenv ;;
    postgresql-15) test -x /usr/lib/postgresql/15/bin/postgres ;;
    fonts-dejavu-core) test -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

# install_packages PACKAGE...: those that are missing, by apt-get when root, else by whoever reads.
install_packages() {
  missing=
  for package in "$@"; do
    has "$package" || missing="$missing $package"
  done
  test -z "$missing" || apt_install "$missing"
}

apt_install() {
  command="apt-get install -y --no-install-recommends$1"
  if test "$(id -u)" != 0 || ! command -v apt-get >/dev/null; then
    die "il manque$1 ; tapez : sudo apt-get update && sudo $command" \
      "missing:$1; type: sudo apt-get update && sudo $command"
  fi
  say "installation de$1" "installing$1"
  apt-get update -qq >&2 || true # a broken third-party list need not stop us
  # shellcheck disable=SC2086 # one word a package
  DEBIAN_FRONTEND=noninteractive $command -qq >&2 9>&- ||
    die "apt-get n'a pas pu installer$1 (réseau ?) ; à la main : $command" \
      "apt-get could not install$1 (network?); by hand: $command"
}

# A .venv that was cut short, moved, or made from other pins is made anew.
make_venv() {
  wanted=$(venv_key run)
  if ! stamped .venv/run.stamp "$wanted" || ! .venv/bin/python -c '' 2>/dev/null; then
    say "création de .venv" "creating .venv"
    rm -rf .venv
    create_venv
    install_pins run
  fi
  if test "$pinned" = dev && ! stamped .venv/dev.stamp "$(venv_key dev)"; then
    install_pins dev
  fi
}

# Debian's python3 has the venv module but not its ensurepip: only trying tells.
create_venv() {
  if "$python" -m venv .venv >/dev/null 2>&1; then return; fi
  rm -rf .venv
  apt_install " python3-venv"
  "$python" -m venv .venv >/dev/null 2>&1 ||
    die "$python -m venv échoue" "$python -m venv fails"
}

# install_pins SET: the stamp of run goes first, so that a cut leaves a .venv that is made anew.
# The pins name every library, so pip need not resolve: before 23.3 it looks past the pin of a
# library that another one asks for with an extra (github.com/pypa/pip/issues/9644).
install_pins() {
  say "bibliothèques Python ($1)" "Python libraries ($1)"
  rm -f .venv/run.stamp .venv/project.stamp
  .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-deps \
    --require-hashes -r "requirements/$1.txt" >&2 9>&- &&
    .venv/bin/python -m pip --disable-pip-version-check check >&2 ||
    die "les bibliothèques n'ont pu être installées (réseau ?)" "the libraries could not be installed (network?)"
  venv_key "$1" >".venv/$1.stamp"
  venv_key run >.venv/run.stamp
}

# The project itself: the terrain command, reading its code from this checkout.
install_project() {
  wanted=$(hash_files pyproject.toml)
  if stamped .venv/project.stamp "$wanted"; then return; fi
  .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-index --no-deps \
    --no-build-isolation --editable . >&2 9>&- ||
    die "le projet n'a pu être installé dans .venv" "the project could not be installed in .venv"
  echo "$wanted" >.venv/project.stamp
}

install_pwa() {
  wanted="$(node --version) $(hash_files pwa/package.json pwa/package-lock.json)"
  if stamped pwa/node_modules/.terrain.stamp "$wanted"; then return; fi
  say "bibliothèques JavaScript" "JavaScript libraries"
  rm -rf pwa/node_modules
  npm --prefix pwa ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 9>&- ||
    die "npm ci a échoué (réseau ?)" "npm ci failed (network?)"
  echo "$wanted" >pwa/node_modules/.terrain.stamp
}

build_pwa() {
  wanted=$(hash_tree pwa)
  if stamped pwa/dist/.terrain.stamp "$wanted"; then return; fi
  say "construction de l'application" "building the app"
  rm -rf pwa/dist
  npm --prefix pwa run --silent build >&2 9>&- ||
    die "la construction de l'application a échoué" "building the app failed"
  echo "$wanted" >pwa/dist/.terrain.stamp
}

# stamped FILE WANTED: does the stamp say exactly this?
stamped() {
  test -f "$1" && test "$(cat "$1")" = "$2"
}

# A .venv knows its own folder and its Python: elsewhere or under another it is worth nothing.
venv_key() {
  echo "$("$python" -VV | tr '\n' ' ')$PWD $(hash_files "requirements/$1.txt")"
}

hash_files() {
  cat "$@" | sha256sum | cut -d' ' -f1
}

# Every file's name and bytes, but for what is made from them.
hash_tree() {
  find "$1" \( -name node_modules -o -name dist \) -prune -o -type f -print0 | LC_ALL=C sort -z |
    xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

main "$@"
