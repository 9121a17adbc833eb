# SOCKS5 (user and password of a system user made for this run) and SOCKS4/5 without
needs=danted package=dante-server needs_root=yes

dante_instance() { # name port method
    cat > "$work/conf/$1.conf" <<X
logoutput: $work/log/$1.log
internal: 127.0.0.1 port = $2
external.protocol: ipv4 ipv6
external: lo
socksmethod: $3
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 127.0.0.0/8 }
socks pass { from: 0.0.0.0/0 to: ::1/128 }
socks pass { from: 0.0.0.0/0 to: localhost }
socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 log: error }
X
    start "$1" "$(binary danted)" -f "$work/conf/$1.conf" -p "$work/run/$1.daemon" -N 1
    if ! ready "$1" "$2"; then stop_group "$1"; return 1; fi
}

start_dante() {
    local authenticated open name
    free_port authenticated; free_port open
    name=fleet$authenticated
    useradd --no-create-home --shell /usr/sbin/nologin "$name"
    echo "$name" >> "$work/run/users"
    echo "$name:$secret" | chpasswd
    dante_instance dante "$authenticated" username && dante_instance dante-open "$open" none || return 1
    say DANTE_AUTHENTICATED "127.0.0.1:$authenticated"; say DANTE_OPEN "127.0.0.1:$open"; say DANTE_USER "$name"
}
