# What the FTP servers of the fleet have in common: one folder that all of them serve, and its user. Source this file.

# The ports of data connections: above those that outgoing connections draw from, and above the fleet's own. A server that
# finds one taken tries another, so that all servers may share them.
passive_first=61000 passive_last=65500

# The system's user who logs in, made for this run; without root, whoever runs this. Its shell is one of /etc/shells, which PAM asks for.
ftp_user() {
    [ -z "${ftp_user:-}" ] || return 0
    local name=fleet$$
    if [ "$root" = no ]; then
        name=$(id -un)
    else
        while getent passwd "$name" >/dev/null; do name=fleet$RANDOM; done
        useradd --no-create-home --home-dir "$work/ftp" --shell /bin/sh "$name" || return 1
        echo "$name" >> "$work/run/users"
        echo "$name:$secret" | chpasswd || return 1
    fi
    ftp_user=$name
    say FTP_USER "$ftp_user"
}

# Known content: FTP_ROOT on the disk is / on each server. Only inbox can be written to.
ftp_content() {
    local root=$work/ftp deep=$work/ftp/deep level
    [ ! -d "$root" ] || return 0
    mkdir -p "$root"/{many,names,empty,links} "$root/inbox"
    cp "$work/www/hello.txt" "$work/www/big.txt" "$work/www/1m.bin" "$root/"
    : > "$root/empty.bin"
    printf 'one\r\ntwo\r\n' > "$root/crlf.txt"
    head -c $((32 * 1024 * 1024)) /dev/urandom > "$root/32m.bin"
    # 2,000 files of 1 KiB: 0000.bin to 1999.bin
    head -c $((2000 * 1024)) "$root/32m.bin" | (cd "$root/many" && split -b 1024 -d -a 4 --additional-suffix=.bin - '')
    for name in 'with blank.txt' ' leading blank.txt' 'quote".txt' "apostrophe'.txt" 'semi;colon.txt' '100%.txt' '#hash.txt' '[a]*?.txt' \
        'back\slash.txt' '-dash.txt' 'type=file;size=1; fact.txt' 'Grüße.txt' '日本語.txt' $'decomposed-e\xcc\x81.txt' $'latin1-\xe9.txt' $'iac-\xff\xff.txt'; do
        printf '%s' "$name" > "$root/names/$name"
    done
    for level in 1 2 3 4 5 6 7 8 9 10 11 12; do deep+=/level-$level; done
    mkdir -p "$deep"
    echo leaf > "$deep/leaf.txt"
    ln -s ../hello.txt "$root/links/to-file"; ln -s ../many "$root/links/to-folder"; ln -s nowhere "$root/links/dangling"
    touch -d '2020-02-29T12:34:56Z' "$root/hello.txt"
    touch -d '1999-12-31T23:59:59Z' "$root/crlf.txt"
    chmod -R a+rX "$root"
    own "$ftp_user" "$root/inbox"
    say FTP_ROOT "$root"
}
