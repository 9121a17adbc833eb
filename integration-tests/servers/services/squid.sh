# HTTP proxy: one port asks for credentials (Basic), one is open; relays to loopback only
needs=squid package=squid

start_squid() {
    local authenticated open
    free_port authenticated; free_port open
    mkdir -p "$work/squid"; own proxy:proxy "$work/squid"
    cat > "$work/conf/squid.conf" <<X
http_port 127.0.0.1:$authenticated name=authenticated
http_port 127.0.0.1:$open name=open
visible_hostname localhost
pid_filename $work/squid/squid.daemon
coredump_dir $work/squid
cache_log $work/squid/cache.log
access_log stdio:$work/squid/access.log
cache deny all
cache_mem 8 MB
netdb_filename none
pinger_enable off
shutdown_lifetime 1 seconds
auth_param basic program /usr/lib/squid/basic_ncsa_auth $work/conf/htpasswd
auth_param basic children 2 startup=1 idle=1
auth_param basic realm fleet
acl authenticated_port myportname authenticated
acl authenticated proxy_auth REQUIRED
acl loopback dst 127.0.0.0/8 ::1
http_access deny !loopback
http_access deny authenticated_port !authenticated
http_access allow all
dns_nameservers 127.0.0.1
X
    start squid "$(binary squid)" -N -f "$work/conf/squid.conf" -n "fleet$authenticated"
    if ! { ready squid "$authenticated" && ready squid "$open"; }; then stop_group squid; return 1; fi
    say SQUID_AUTHENTICATED "127.0.0.1:$authenticated"; say SQUID_OPEN "127.0.0.1:$open"; say SQUID_LOG "$work/squid/access.log"
}
