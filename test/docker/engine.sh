#!/bin/bash
# The Docker engine of the tests and its base images: `engine.sh up`, `engine.sh down`.
#
# up starts dockerd unless one answers, and makes the base images that are missing out of
# Debian's and npm's packages, so nothing has to be pulled. Images stay in the engine's
# store, labelled with the hash of their recipe; with both there, up takes a second.
# down stops the engine that up started, and no other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
state=/run/bpftools-test-engine
debian=debian:trixie-slim
node=node:24-trixie-slim

answers() { docker info >/dev/null 2>&1; }

# Bit 24 of a process' bounding set.
may_sys_resource() { ((16#$(awk '/^CapBnd/ { print $2 }' /proc/self/status) >> 24 & 1)); }

start_engine() {
	answers && return
	mkdir -p "$state"
	local runtime=(--add-runtime "nosysres=$here/runc-nosysres")
	may_sys_resource || runtime+=(--default-runtime nosysres)
	setsid dockerd --storage-driver=overlay2 --pidfile "$state/pid" "${runtime[@]}" </dev/null >"$state/log" 2>&1 &
	local dockerd=$!
	for ((i = 0; i < 300; i++)); do
		answers && return
		kill -0 "$dockerd" 2>/dev/null || break
		sleep 0.2
	done
	tail -n 20 "$state/log" >&2
	echo "engine.sh: dockerd does not answer; its log is $state/log" >&2
	return 1
}

stop_engine() {
	[[ -f $state/pid ]] || return 0
	local pid
	pid=$(<"$state/pid")
	kill "$pid" 2>/dev/null || true
	while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
	rm -rf "$state"
}

# An image of another maker carries no such label and is taken as it is.
is_made() {
	local made_by
	made_by=$(docker image inspect --format '{{index .Config.Labels "bpftools.recipe"}}' "$1" 2>/dev/null) || return 1
	[[ -z $made_by || $made_by == "$2" ]]
}

recipe_of() { declare -f "$1" | sha256sum | cut -c 1-16; }

# What Docker's own Debian images have besides a minimal system: no documentation, no
# recommended packages kept for apt's lists, and no package files left after an installation.
make_debian() {
	cat >"$work/debian.sources" <<-SOURCES
		Types: deb
		URIs: http://deb.debian.org/debian
		Suites: trixie trixie-updates
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

		Types: deb
		URIs: http://deb.debian.org/debian-security
		Suites: trixie-security
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	SOURCES
	cat >"$work/docker-clean" <<-'APT'
		DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
	APT
	mmdebstrap --quiet --variant=minbase \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*/LC_MESSAGES/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--customize-hook="copy-in $work/docker-clean /etc/apt/apt.conf.d" \
		--customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/*' \
		trixie "$work/debian.tar" "$work/debian.sources"
	docker import --change 'CMD ["bash"]' --change "LABEL bpftools.recipe=$1" \
		--change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
		"$work/debian.tar" "$debian" >/dev/null
}

# Node and npm, and this machine's certificates: behind a proxy with a certificate authority
# of its own, npm needs them. They are only in this base, which nothing is shipped from.
make_node() {
	local architecture packed
	case $(uname -m) in aarch64) architecture=arm64 ;; *) architecture=x64 ;; esac
	mkdir -p "$work/node/node_modules/npm"
	for packed in "node-linux-$architecture@24.21.0" npm@11.21.2; do
		(cd "$work" && npm pack --silent "$packed" >/dev/null)
	done
	tar -xf "$work"/node-linux-*.tgz -C "$work" package/bin/node
	tar -xf "$work"/npm-*.tgz -C "$work/node/node_modules/npm" --strip-components=1
	mv "$work/package/bin/node" "$work/node/node"
	cp /etc/ssl/certs/ca-certificates.crt "$work/node/"
	cat >"$work/node/Dockerfile" <<-DOCKERFILE
		FROM $debian
		COPY node /usr/local/bin/
		COPY node_modules /usr/local/lib/node_modules
		COPY ca-certificates.crt /etc/ssl/certs/
		RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
		ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
		LABEL bpftools.recipe=$1
		CMD ["node"]
	DOCKERFILE
	docker build --quiet --tag "$node" "$work/node" >/dev/null
}

make_missing_images() {
	local recipe
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	recipe=$(recipe_of make_debian)
	is_made "$debian" "$recipe" || make_debian "$recipe"
	recipe=$recipe-$(recipe_of make_node)
	is_made "$node" "$recipe" || make_node "$recipe"
}

case ${1-} in
	up)
		start_engine
		make_missing_images
		;;
	down) stop_engine ;;
	*) echo 'usage: engine.sh up|down' >&2 && exit 2 ;;
esac
