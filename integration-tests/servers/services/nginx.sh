# HTTP/1.1, HTTPS with HTTP/2, HTTPS with client certificates
needs=nginx package=nginx

start_nginx() {
    local http https mtls as_user=
    free_port http; free_port https; free_port mtls
    [ "$root" = no ] || as_user='user www-data;'
    mkdir -p "$work/nginx" "$work/www/basic" "$work/www/put"
    cp "$work/www/hello.txt" "$work/www/basic/"
    chmod 755 "$work/www/basic"; chmod 777 "$work/www/put"
    cat > "$work/conf/nginx.conf" <<X
daemon off; worker_processes 1; $as_user
pid $work/run/nginx.daemon; error_log $work/log/nginx.err;
events { worker_connections 512; }
http {
    types { text/plain txt; application/octet-stream bin; }
    default_type application/octet-stream;
    access_log $work/log/nginx.access;
    client_body_temp_path $work/nginx/body; proxy_temp_path $work/nginx/proxy; fastcgi_temp_path $work/nginx/fastcgi;
    scgi_temp_path $work/nginx/scgi; uwsgi_temp_path $work/nginx/uwsgi;
    ssl_certificate $work/tls/server.pem; ssl_certificate_key $work/tls/server.key; ssl_protocols TLSv1.2 TLSv1.3;
    gzip on; gzip_types text/plain; gzip_min_length 100; client_max_body_size 64m;
    server {
        listen 127.0.0.1:$http; listen 127.0.0.1:$https ssl http2;
        server_name localhost; root $work/www;
        location /basic/ { auth_basic fleet; auth_basic_user_file $work/conf/htpasswd; }
        location = /redirect { return 302 /hello.txt; }
        location = /redirect-to-file { return 302 file:///etc/passwd; }
        location = /loop { return 302 /loop; }
        location = /echo {
            default_type text/plain; gzip off;
            return 200 "\$request_method \$request_uri \$server_protocol\\nhost=\$http_host\\nvia=\$http_via\\nauth=\$http_authorization\\nproxy=\$http_proxy_authorization\\n";
        }
        location /put/ { dav_methods PUT DELETE; }
        location /small/ { dav_methods PUT; client_max_body_size 1m; }
    }
    server { listen 127.0.0.1:$mtls ssl; server_name localhost; root $work/www; ssl_client_certificate $work/tls/ca.pem; ssl_verify_client on; }
}
X
    start nginx "$(binary nginx)" -p "$work/nginx" -c "$work/conf/nginx.conf" -e "$work/log/nginx.err"
    if ! { ready nginx "$http" && ready nginx "$https" && ready nginx "$mtls"; }; then stop_group nginx; return 1; fi
    say NGINX_HTTP "http://127.0.0.1:$http"; say NGINX_HTTPS "https://localhost:$https"; say NGINX_MTLS "https://localhost:$mtls"
}
