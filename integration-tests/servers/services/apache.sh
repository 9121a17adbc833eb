# HTTP/1.1 with Digest and Basic, WebDAV, deflate, listings and a CGI program that echoes; HTTPS with HTTP/2
needs=apache2 package=apache2-bin

start_apache() {
    local http https as_user= modules module
    free_port http; free_port https
    [ "$root" = no ] || as_user=$'User www-data\nGroup www-data'
    modules=/usr/lib/apache2/modules
    mkdir -p "$work/apache/cgi" "$work/apache/dav" "$work/www/digest" "$work/www/listed"
    cp "$work/www/hello.txt" "$work/www/digest/"; cp "$work/www/hello.txt" "$work/www/listed/a b.txt"; mkdir -p "$work/www/basic"; cp "$work/www/hello.txt" "$work/www/basic/"
    chmod 755 "$work/www/basic" "$work/www/digest" "$work/www/listed"
    own www-data "$work/apache"
    # Apache's digest knows MD5 only: MD5(user:realm:password).
    printf '%s:fleet:%s\n' "$user" "$(printf '%s:fleet:%s' "$user" "$secret" | openssl md5 -r | cut -d' ' -f1)" > "$work/conf/htdigest"
    cat > "$work/apache/cgi/echo" <<'X'
#!/bin/sh
# What came: the method, some of the head, and the body as it is.
printf 'Content-Type: application/octet-stream\r\nX-Method: %s\r\nX-Length: %s\r\nX-Auth: %s\r\n\r\n' "$REQUEST_METHOD" "$CONTENT_LENGTH" "$AUTH_TYPE"
cat
X
    chmod 755 "$work/apache/cgi/echo"; chmod 644 "$work/conf/htdigest"
    {
        for module in mpm_event authn_core authn_file authz_core authz_user auth_basic auth_digest alias autoindex dir mime env setenvif headers \
            filter deflate dav dav_fs cgid http2 ssl socache_shmcb; do
            [ ! -e "$modules/mod_$module.so" ] || echo "LoadModule ${module}_module $modules/mod_$module.so"
        done
        cat <<X
ServerRoot $work/apache
ServerName localhost
Listen 127.0.0.1:$http
Listen 127.0.0.1:$https
PidFile $work/apache/apache.daemon
DefaultRuntimeDir $work/apache
ScriptSock $work/apache/cgi.socket
Mutex file:$work/apache
$as_user
ErrorLog $work/log/apache.err
StartServers 1
ThreadsPerChild 25
MaxRequestWorkers 50
TypesConfig /dev/null
AddType text/plain .txt
DocumentRoot $work/www
Protocols h2 http/1.1
DavLockDB $work/apache/lock
AddOutputFilterByType DEFLATE text/plain
<Directory />
    Require all granted
    Options Indexes FollowSymLinks
</Directory>
<Location /digest/>
    AuthType Digest
    AuthName fleet
    AuthDigestProvider file
    AuthDigestDomain /digest/
    AuthUserFile $work/conf/htdigest
    AuthDigestQop auth
    Require valid-user
</Location>
<Location /cgi/closed>
    AuthType Digest
    AuthName fleet
    AuthDigestProvider file
    AuthUserFile $work/conf/htdigest
    AuthDigestQop auth
    Require valid-user
</Location>
<Location /basic/>
    AuthType Basic
    AuthName fleet
    AuthUserFile $work/conf/htpasswd
    Require valid-user
</Location>
Redirect 302 /redirect /hello.txt
Redirect 307 /cgi/moved /cgi/echo
Alias /dav $work/apache/dav
<Directory $work/apache/dav>
    Dav On
    DirectoryIndex disabled
</Directory>
ScriptAlias /cgi/closed $work/apache/cgi/echo
ScriptAlias /cgi/ $work/apache/cgi/
<VirtualHost 127.0.0.1:$https>
    SSLEngine on
    SSLCertificateFile $work/tls/server.pem
    SSLCertificateKeyFile $work/tls/server.key
</VirtualHost>
X
    } > "$work/conf/apache.conf"
    start apache "$(binary apache2)" -f "$work/conf/apache.conf" -DFOREGROUND
    if ! { ready apache "$http" && ready apache "$https"; }; then stop_group apache; return 1; fi
    say APACHE_HTTP "http://127.0.0.1:$http"; say APACHE_HTTPS "https://localhost:$https"
}
