# FTP, one process each: plain on IPv4 and IPv6, AUTH TLS, AUTH TLS where data must resume the control connection's session and
# uploads must end with close_notify, and implicit TLS. TLS 1.2 and 1.3. Anonymous may read. No MLSD, which vsftpd does not have.
needs=vsftpd package=vsftpd needs_root=yes
# shellcheck source=../shared/ftp.sh
source "$here/shared/ftp.sh"

vsftpd_instance() { # name address port directive…
    local name=$1 address=$2 port=$3
    shift 3
    {
        cat <<X
background=NO
listen_port=$port
anonymous_enable=YES
no_anon_password=YES
anon_root=$work/ftp
local_enable=YES
write_enable=YES
local_umask=022
chroot_local_user=YES
pam_service_name=vsftpd
secure_chroot_dir=$work/vsftpd
seccomp_sandbox=NO
isolate_network=NO
connect_from_port_20=NO
pasv_min_port=$passive_first
pasv_max_port=$passive_last
utf8_filesystem=YES
mdtm_write=YES
ls_recurse_enable=YES
use_localtime=NO
xferlog_enable=YES
vsftpd_log_file=$work/log/$name.log
log_ftp_protocol=YES
X
        if [ "$address" = ::1 ]; then printf '%s\n' listen=NO listen_ipv6=YES listen_address6=::1
        else printf '%s\n' listen=YES listen_ipv6=NO "listen_address=$address"; fi
        printf '%s\n' "$@"
    } > "$work/conf/$name.conf"
    start "$name" "$(binary vsftpd)" "$work/conf/$name.conf"
    if ! ready "$name" "$port" "$address"; then stop_group "$name"; return 1; fi
}

start_vsftpd() {
    local plain v6 tls strict implicit name
    local with_tls=(ssl_enable=YES "rsa_cert_file=$work/tls/server.pem" "rsa_private_key_file=$work/tls/server.key" allow_anon_ssl=YES ssl_ciphers=HIGH
        ssl_tlsv1=YES ssl_sslv2=NO ssl_sslv3=NO)
    local forced=(force_local_logins_ssl=YES force_local_data_ssl=YES)
    free_port plain; free_port v6; free_port tls; free_port strict; free_port implicit
    mkdir -p "$work/vsftpd"
    ftp_user && ftp_content || return 1
    grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null || v6=
    if ! { vsftpd_instance vsftpd 127.0.0.1 "$plain" &&
        vsftpd_instance vsftpd-tls 127.0.0.1 "$tls" "${with_tls[@]}" require_ssl_reuse=NO &&
        vsftpd_instance vsftpd-strict 127.0.0.1 "$strict" "${with_tls[@]}" "${forced[@]}" require_ssl_reuse=YES strict_ssl_read_eof=YES &&
        vsftpd_instance vsftpd-implicit 127.0.0.1 "$implicit" "${with_tls[@]}" "${forced[@]}" require_ssl_reuse=NO implicit_ssl=YES &&
        { [ -z "$v6" ] || vsftpd_instance vsftpd-v6 ::1 "$v6"; }; }; then
        for name in vsftpd vsftpd-tls vsftpd-strict vsftpd-implicit vsftpd-v6; do stop_group "$name"; done
        return 1
    fi
    say VSFTPD "ftp://127.0.0.1:$plain"; say VSFTPD_TLS "ftp://localhost:$tls"; say VSFTPD_STRICT "ftp://localhost:$strict"
    say VSFTPD_IMPLICIT "ftps://localhost:$implicit"
    if [ -n "$v6" ]; then say VSFTPD_V6 "ftp://[::1]:$v6"; else say MISSING_vsftpd_v6 "IPv6 on the loopback interface"; fi
}
