# A third view of FTP: pyftpdlib, with AUTH TLS, MLSD, SITE CHMOD and MFMT, in Python and on one thread
needs=pyftpdlib_python install="apt-get install -y --no-install-recommends python3-pyftpdlib python3-openssl"
# shellcheck source=../shared/ftp.sh
source "$here/shared/ftp.sh"

# A Python that has the library; the first one on the PATH need not be the distribution's.
pyftpdlib_python() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import OpenSSL, pyftpdlib' 2>/dev/null; then echo "$python"; return 0; fi
    done
    return 1
}

start_pyftpdlib() {
    local port as=()
    free_port port
    ftp_user && ftp_content || return 1
    [ "$root" = no ] || as=(setpriv "--reuid=$ftp_user" "--regid=$(id -gn "$ftp_user")" --clear-groups)
    cat "$work/tls/server.key" "$work/tls/server.pem" > "$work/tls/server-with-key.pem"
    chmod 644 "$work/tls/server-with-key.pem"
    printf '%s' "$secret" > "$work/conf/pyftpdlib.secret"; chmod 600 "$work/conf/pyftpdlib.secret"; own "$ftp_user" "$work/conf/pyftpdlib.secret"
    start pyftpdlib "${as[@]}" "$(pyftpdlib_python)" -u "$here/shared/pyftpdlib-server.py" "$port" "$passive_first" "$passive_last" "$work/ftp" \
        "$ftp_user" "$work/conf/pyftpdlib.secret" "$work/tls/server-with-key.pem"
    if ! ready pyftpdlib "$port"; then stop_group pyftpdlib; return 1; fi
    say PYFTPDLIB "ftp://localhost:$port"
}
