#!/bin/bash
# Runs inside the fresh system, as root: install, use, be refused, be granted, remove.
set -uo pipefail
cd /
export DEBIAN_FRONTEND=noninteractive

fail() { echo "FAILED: $*"; exit 1; }
# Run a command as the user who tests; it must print what the pattern says and nothing else.
expect() {
    local pattern=$1 said
    shift
    said=$(timeout 60 runuser -u tester -- "$@" 2>&1 | grep -v 'This plugin does not support') || true
    [[ $said =~ ^$pattern$ ]] || fail "$* said: $said"
    echo "ok: $*"
}
everything() { find / -xdev -not -path '/trial*' -not -path '/home/*' -not -path '/tmp/*' \
    -not -path '/var/log/*' -not -path '/var/lib/dpkg/*' -not -path '/var/cache/*' \
    -not -path '/root/*' -not -path '/var/lib/apt/*' | sort; }

useradd -m tester && useradd -m other
echo 'root:let me in' | chpasswd

# -- install -----------------------------------------------------------------------------------
needed=$(apt-get install -s --no-install-recommends /trial/dumpdesk.deb | sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -v '^dumpdesk$')
# shellcheck disable=SC2086
[[ -z $needed ]] || apt-get install -qq -y --no-install-recommends $needed >>/root/apt.log 2>&1
everything >/root/before
apt-get install -qq -y --no-install-recommends /trial/dumpdesk.deb >>/root/apt.log 2>&1 \
    || fail "the package does not install: $(tail -3 /root/apt.log)"
changeable=$(find /usr/lib/dumpdesk /usr/libexec/dumpdesk -not -user root -o -perm /022 -not -type l)
[[ -z $changeable ]] || fail "others can change $changeable"
missing=$(find /usr/lib/dumpdesk -name '*.so*' -exec env LD_LIBRARY_PATH=/usr/lib/dumpdesk/_internal \
    ldd {} + 2>/dev/null | grep 'not found' | sort -u)
[[ -z $missing ]] || fail "missing libraries: $missing"
desktop-file-validate /usr/share/applications/dumpdesk.desktop || fail "the desktop file"
man -w dumpdesk dumpengine >/dev/null || fail "the manuals"

# -- use ---------------------------------------------------------------------------------------
version='[0-9.]+'
dumped='dumped a child, [0-9]+ bytes, 1 thread\(s\)'
expect "dumpdesk $version" dumpdesk --version
expect "dumpengine $version" dumpengine --version
expect "dumpengine $version: $dumped" dumpengine --self-test
expect "dumpengine-helper $version: $dumped" /usr/lib/dumpdesk/dumpengine-helper --self-test
expect "dumpdesk $version: $dumped.dumpdesk $version: showed [0-9]+ processes, [0-9]+ streams of the dump" dumpdesk --self-test
runuser -u tester -- sleep 1000 & mine=$!
runuser -u other -- sleep 1001 & sleep 0.5
others=$(pgrep -u other sleep); mine=$(pgrep -u tester sleep)
expect '/home/tester/mine.dmp' dumpengine dump "$mine" -q -o /home/tester/mine.dmp
expect '.*other.*' dumpengine dump "$others" -q -o /home/tester/others.dmp
grep -q 'application/x-minidump:' /usr/share/mime/globs || fail "dumps have no type"
runuser -u tester -- env HOME=/home/tester xvfb-run -a timeout 8 dumpdesk >/root/window.log 2>&1
[[ $? == 124 ]] || fail "the window on a screen: $(cat /root/window.log)"
echo "ok: the window on a screen"

# -- elevation ---------------------------------------------------------------------------------
mkdir -p /run/dbus && dbus-daemon --system --fork
polkitd=$(ls /usr/lib/polkit-1/polkitd /usr/libexec/polkitd 2>/dev/null | head -1)
rules=/etc/polkit-1/rules.d/10-trial.rules
"$polkitd" --no-debug >/root/polkitd.log 2>&1 &
for _ in $(seq 50); do pkaction >/dev/null 2>&1 && break; sleep 0.2; done
pkaction --action-id org.dumpdesk.dump --verbose | grep -q 'implicit any: *auth_admin$' || fail "the policy"
elevated() { expect "$1" python3 /trial/elevated.py "$2"; }
allow() {
    cat >$rules <<RULE
polkit.addRule(function(action, subject) {
    if (action.id == "org.dumpdesk.dump" && subject.user == "tester") return polkit.Result.$1;
});
RULE
    sleep 1.5 # polkitd watches the folder
}

elevated 'access: No program is running here that could ask .*' "$others"
allow NO
elevated 'access: You were not given administrator rights\..*' "$others"
allow YES
elevated "finished: owner tester, mode 0600, whole, sleep" "$others"
elevated "finished: owner tester, mode 0600, whole, (bash|sh|steps.sh)" $$
rm $rules; sleep 1.5
expect 'finished: owner tester, mode 0600, whole, sleep' python3 /trial/prompt.py "$others" 'let me in'
expect 'access: You were not given administrator rights\..*' python3 /trial/prompt.py "$others" 'wrong'
mv /usr/bin/pkexec /usr/bin/pkexec.away
elevated 'access: pkexec, which asks for administrator rights, is not installed\..*' "$others"
mv /usr/bin/pkexec.away /usr/bin/pkexec
[[ $(ps -o stat= -p "$others") == S* ]] || fail "the other user's process does not run on"

# -- remove ------------------------------------------------------------------------------------
apt-get purge -qq -y dumpdesk >>/root/apt.log 2>&1 || fail "it cannot be removed"
elevated 'access: This DumpDesk is not installed:.*' "$others"
everything >/root/after
left=$(diff /root/before /root/after | grep '^>' | grep -v -e /run/ -e '/usr/share/mime' -e machine-id -e '/proc' -e /dev/ -e polkit-1/rules) || true
[[ -z $left ]] || fail "it leaves behind: $left"
ls /home/tester/mine.dmp >/dev/null || fail "what the user saved is gone"
echo "ok: removed, nothing left but what the user saved"
