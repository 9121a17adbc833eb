# SOCKS5 with user and password
needs=microsocks package=microsocks

start_microsocks() {
    local port
    free_port port
    start microsocks "$(binary microsocks)" -i 127.0.0.1 -p "$port" -u "$user" -P "$secret"
    if ! ready microsocks "$port"; then stop_group microsocks; return 1; fi
    say MICROSOCKS "127.0.0.1:$port"
}
