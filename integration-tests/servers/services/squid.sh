# HTTP proxy: one port asks for credentials by Basic, one by Digest, one by NTLM, one is open; relays to loopback only
needs=squid package=squid

start_squid() {
    local authenticated digest ntlm open
    free_port authenticated; free_port digest; free_port ntlm; free_port open
    mkdir -p "$work/squid"; own proxy:proxy "$work/squid"
    # user, realm and HA1 (RFC 7616 §3.4.2), as digest_file_auth -c reads them.
    printf '%s:fleet:%s\n' "$user" "$(printf '%s:fleet:%s' "$user" "$secret" | md5sum | cut -d' ' -f1)" > "$work/conf/squid.digest"
    printf '%s:%s\n' "$user" "$secret" > "$work/conf/squid.ntlm"
    cp "$here/ntlm-helper.py" "$work/conf/"
    chmod 644 "$work"/conf/{squid.digest,squid.ntlm,ntlm-helper.py}
    cat > "$work/conf/squid.conf" <<X
http_port 127.0.0.1:$authenticated name=authenticated
http_port 127.0.0.1:$digest name=digest
http_port 127.0.0.1:$ntlm name=ntlm
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
auth_param digest program /usr/lib/squid/digest_file_auth -c $work/conf/squid.digest
auth_param digest children 2 startup=1 idle=1
auth_param digest realm fleet
# Squid's own helper for tests believes any answer, and its challenge is malformed.
auth_param ntlm program /usr/bin/python3 $work/conf/ntlm-helper.py $work/conf/squid.ntlm
auth_param ntlm children 2 startup=1 idle=1
acl digest_port myportname digest
acl ntlm_port myportname ntlm
acl authenticated_port myportname authenticated digest ntlm
auth_schemes digest digest_port
auth_schemes ntlm ntlm_port
auth_schemes basic all
acl authenticated proxy_auth REQUIRED
acl loopback dst 127.0.0.0/8 ::1
http_access deny !loopback
http_access deny authenticated_port !authenticated
http_access allow all
dns_nameservers 127.0.0.1
X
    start squid "$(binary squid)" -N -f "$work/conf/squid.conf" -n "fleet$authenticated"
    if ! { ready squid "$authenticated" && ready squid "$digest" && ready squid "$ntlm" && ready squid "$open"; }; then stop_group squid; return 1; fi
    say SQUID_AUTHENTICATED "127.0.0.1:$authenticated"; say SQUID_DIGEST "127.0.0.1:$digest"; say SQUID_NTLM "127.0.0.1:$ntlm"; say SQUID_OPEN "127.0.0.1:$open"; say SQUID_LOG "$work/squid/access.log"
}
