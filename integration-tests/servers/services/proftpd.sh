# FTP with MLSD, HASH, MODE Z, MFMT, SITE UTIME and CHMOD, EPSV and EPRT; plain, AUTH TLS and implicit TLS, where data connections must resume the
# control connection's session, as is its default. CCC is allowed. TLS 1.2 and 1.3.
# Debian's package excludes vsftpd's: proftpd-unpacked brings a copy beside it.
needs=proftpd install="bash integration-tests/servers/proftpd-unpacked" needs_root=yes
# shellcheck source=../shared/ftp.sh
source "$here/shared/ftp.sh"

proftpd_instance() { # name address port directive…
    local name=$1 address=$2 port=$3 program modules module
    shift 3
    program=$(binary proftpd)
    modules=$(cd "$(dirname "$program")/../lib/proftpd" && pwd)
    {
        echo "ModulePath $modules"
        for module in tls deflate digest site_misc; do echo "LoadModule mod_$module.c"; done
        cat <<X
ServerType standalone
ServerName fleet
DefaultServer on
DefaultAddress $address
SocketBindTight on
Port $port
PidFile $work/proftpd/$name.daemon
ScoreboardFile $work/proftpd/$name.scoreboard
DelayTable none
DelayEngine off
UseReverseDNS off
WtmpLog off
TransferLog $work/log/$name.transfers
SystemLog $work/log/$name.log
AuthOrder mod_auth_file.c
AuthUserFile $work/proftpd/users
RequireValidShell off
UseFtpUsers off
ControlsEngine off
User nobody
Group nogroup
DefaultRoot ~
Umask 022
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
TimesGMT on
PassivePorts $passive_first $passive_last
DeflateEngine on
DigestAlgorithms crc32 md5 sha1 sha256 sha512
<Anonymous $work/ftp>
    User guest
    UserAlias anonymous guest
    AnonRequirePassword off
    RequireValidShell off
    <Limit WRITE>
        DenyAll
    </Limit>
</Anonymous>
X
        printf '%s\n' "$@"
    } > "$work/conf/$name.conf"
    chmod 644 "$work/conf/$name.conf"
    start "$name" "$program" --nodaemon --config "$work/conf/$name.conf"
    if ! ready "$name" "$port" "$address"; then stop_group "$name"; return 1; fi
}

start_proftpd() {
    local plain tls implicit name
    local with_tls=('TLSEngine on' 'TLSProtocol TLSv1.2 TLSv1.3' "TLSRSACertificateFile $work/tls/server.pem" "TLSRSACertificateKeyFile $work/tls/server.key"
        "TLSLog $work/log/proftpd-tls.log" 'TLSVerifyClient off')
    free_port plain; free_port tls; free_port implicit
    ftp_user && ftp_content || return 1
    mkdir -p "$work/proftpd"
    {
        printf '%s:%s:%s:%s::%s:/bin/sh\n' "$ftp_user" "$(openssl passwd -6 "$secret")" "$(id -u "$ftp_user")" "$(id -g "$ftp_user")" "$work/ftp"
        printf 'guest:!:%s:%s::%s:/bin/sh\n' "$(id -u nobody)" "$(id -g nobody)" "$work/ftp"
    } > "$work/proftpd/users"
    chmod 600 "$work/proftpd/users"
    if ! { proftpd_instance proftpd 127.0.0.1 "$plain" &&
        proftpd_instance proftpd-tls 127.0.0.1 "$tls" "${with_tls[@]}" 'TLSRequired auth' &&
        proftpd_instance proftpd-implicit 127.0.0.1 "$implicit" "${with_tls[@]}" 'TLSRequired on' 'TLSOptions UseImplicitSSL'; }; then
        for name in proftpd proftpd-tls proftpd-implicit; do stop_group "$name"; done
        return 1
    fi
    say PROFTPD "ftp://127.0.0.1:$plain"; say PROFTPD_TLS "ftp://localhost:$tls"; say PROFTPD_IMPLICIT "ftps://localhost:$implicit"
}
